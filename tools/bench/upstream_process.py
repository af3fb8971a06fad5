"""Starts the upstream as a process of its own, with a certificate that other processes trust."""

import json
import sys
import tempfile
from pathlib import Path
from typing import override

import certifi
import trustme

from fakes.child_process import ChildProcess
from tools.bench.errors import BenchFailure

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 60.0


class UpstreamProcess(ChildProcess):
    """A running upstream; leaving its `with` block ends it.

    authorities: a file for SSL_CERT_FILE; it holds the usual authorities as well, because loading
    them is a part of what a client costs.
    """

    def __init__(self) -> None:
        """Start it and wait until it listens. Raises BenchFailure if it does not."""
        self._directory = tempfile.TemporaryDirectory(prefix="bench-")
        server = Path(self._directory.name, "upstream.pem")
        self.authorities = Path(self._directory.name, "authorities.pem")
        authority = trustme.CA()
        authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(server)
        usual = Path(certifi.where()).read_bytes()
        self.authorities.write_bytes(usual + authority.cert_pem.bytes())
        super().__init__((sys.executable, "-m", "tools.bench.upstream", server), _REPOSITORY)
        ready = self.first_line(_START_SECONDS)
        if not ready:
            self.end()
            raise BenchFailure(f"The upstream did not start; it says: {self.last_error}")
        urls = json.loads(ready)
        self.url: str = urls["http"]
        self.tls_url: str = urls["tls"]

    @override
    def end(self) -> None:
        """End it. Safe to call twice."""
        super().end()
        self._directory.cleanup()
