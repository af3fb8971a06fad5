"""A plugin as the daemon starts it, behind raw pipes: each line is stamped now and parsed later.

`fakes.dify_daemon.PluginProcess` judges every line as the daemon does, and that would be a part of
the delays that are measured here.
"""

import json
import os
import re
import select
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tools.bench.cpu_clock import cpu_seconds
from tools.bench.errors import BenchFailure
from tools.bench.recording import Trace, read_traces
from tools.bench.subject import Subject

_READ_BYTES = 1 << 20
_WRITE_BYTES = 1 << 16
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0
# Longer than any measure takes, shorter than the plugin's own limit.
_EXCHANGE_SECONDS = 180.0
_HEARTBEAT = b'"heartbeat"'
# Cheap to look for in every line, and in no chunk's text.
_END = re.compile(rb'"type": ?"end"')


@dataclass(frozen=True, slots=True)
class Batch:
    """Requests that arrive at once, by session id, some seconds after the exchange begins."""

    requests: Mapping[str, bytes]
    after: float = 0.0


class DrivenPlugin:
    """A running plugin; leaving its `with` block ends it. One thread drives it."""

    def __init__(self, subject: Subject, environment: Mapping[str, str]) -> None:
        """Start it and wait for its first heartbeat. Raises BenchFailure if none comes."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.spawned_at = time.monotonic_ns()
        self._process = subprocess.Popen(
            [subject.python, "-m", "main"],
            cwd=subject.directory,
            env={"PATH": os.environ.get("PATH", ""), **environment, "INSTALL_METHOD": "local"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        if self._process.stdin is None or self._process.stdout is None:  # for the type checker
            raise BenchFailure("The plugin was started without pipes.")
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._stdin, self._stdout):
            os.set_blocking(pipe, False)
        self._readable, self._either = select.poll(), select.poll()
        for poll in (self._readable, self._either):
            poll.register(self._stdout, select.POLLIN)
        self._either.register(self._stdin, select.POLLOUT)
        self._unfinished_line = b""
        self.ready_at = self._await_heartbeat()

    def cpu_seconds(self) -> float:
        """Return the processor time that the plugin has used so far."""
        return cpu_seconds(self._process.pid)

    def memory_mib(self, field: str) -> float:
        """Return VmRSS or VmHWM, the memory it uses now and the most that it ever used."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"^{field}:\s+(\d+) kB$", status, re.MULTILINE)
        if found is None:
            raise BenchFailure(f"The system does not tell {field} of a process.")
        return int(found[1]) / 1024

    def exchange(self, batches: Sequence[Batch]) -> dict[str, Trace]:
        """Send the batches, each at its time, and return the traces when all sessions ended.

        Raises:
            BenchFailure: an error as an answer, no answer in time, or the end of the process.
        """
        open_sessions = {session for batch in batches for session in batch.requests}
        waiting = deque(sorted(batches, key=lambda batch: batch.after))
        sent_at: dict[str, int] = {}
        arrivals: list[tuple[int, bytes]] = []
        outgoing = memoryview(b"")
        began = time.monotonic_ns()
        while open_sessions:
            elapsed = (time.monotonic_ns() - began) / 1e9
            if elapsed > _EXCHANGE_SECONDS:
                raise BenchFailure(f"{len(open_sessions)} sessions did not end{self._said()}")
            if waiting and waiting[0].after <= elapsed and not outgoing:
                requests = waiting.popleft().requests
                sent_at.update(dict.fromkeys(requests, time.monotonic_ns()))
                outgoing = memoryview(b"".join(requests.values()))
            pause = waiting[0].after - elapsed if waiting else 1.0
            outgoing = self._write(outgoing)
            poll = self._either if outgoing else self._readable
            for at, line in self._read(poll, max(0.0, pause)):
                arrivals.append((at, line))
                if _END.search(line):
                    open_sessions.discard(json.loads(line)["session_id"])
        return read_traces(arrivals, sent_at)

    def close(self) -> None:
        """End the process. Safe to call twice."""
        # The SDK does not end when its stdin closes.
        self._process.kill()
        self._process.wait(_STOP_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._errors.close()

    def _await_heartbeat(self) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            for at, line in self._read(self._readable, 1.0):
                if _HEARTBEAT in line:
                    return at
        said = self._said()
        self.close()
        raise BenchFailure(f"The plugin sent no heartbeat{said}")

    def _write(self, outgoing: memoryview) -> memoryview:
        if not outgoing:
            return outgoing
        try:
            return outgoing[os.write(self._stdin, outgoing[:_WRITE_BYTES]) :]
        except BlockingIOError:
            return outgoing

    def _read(self, poll: select.poll, seconds: float) -> list[tuple[int, bytes]]:
        """Wait for the pipes and return the complete lines with the time at which they came."""
        poll.poll(seconds * 1000)
        try:
            piece = os.read(self._stdout, _READ_BYTES)
        except BlockingIOError:
            return []
        at = time.monotonic_ns()
        if not piece:
            said = self._said()
            self.close()
            raise BenchFailure(f"The plugin ended by itself{said}")
        *lines, self._unfinished_line = (self._unfinished_line + piece).split(b"\n")
        return [(at, line) for line in lines if line]

    def _said(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", errors="replace").strip().splitlines()
        return f"; its stderr ends with: {lines[-1]}" if lines else "."

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
