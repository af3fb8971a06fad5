"""Starts the upstream as a process of its own and ends it."""

import contextlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.bench.certificate import make_certificate
from tools.bench.cpu_clock import cpu_seconds
from tools.bench.errors import BenchFailure

_REPOSITORY = Path(__file__).parents[2]
_STOP_SECONDS = 5.0


class UpstreamProcess:
    """A running upstream; leaving its `with` block ends it."""

    def __init__(self) -> None:
        """Start it and wait until it listens. Raises BenchFailure if it does not."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench-")
        certificate = make_certificate(Path(self._directory.name))
        self.authorities = certificate.authorities
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.bench.upstream", str(certificate.server)],
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        ready = self._process.stdout.readline() if self._process.stdout else b""
        if not ready:
            self.close()
            raise BenchFailure("The upstream did not start; its own message stands above.")
        urls = json.loads(ready)
        self.url: str = urls["http"]
        self.tls_url: str = urls["tls"]

    def cpu_seconds(self) -> float:
        """Return the processor time it has used so far."""
        return cpu_seconds(self._process.pid)

    def close(self) -> None:
        """End it. Safe to call twice."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._directory.cleanup()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self.close()
