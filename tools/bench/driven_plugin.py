"""A plugin as the daemon starts it, behind raw pipes: each line is stamped now and parsed later.

`fakes.dify_daemon.PluginProcess` judges every line as the daemon does, and that would be a part of
the delays that are measured here.
"""

import json
import os
import re
import select
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fakes.dify_daemon.plugin_process import start_plugin
from tools.bench.errors import BenchFailure
from tools.bench.recording import Trace, read_traces
from tools.bench.subject import Subject

_READ_BYTES = 1 << 20
_WRITE_BYTES = 1 << 16
_START_SECONDS = 60.0
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
    """A running plugin until it is closed. One thread drives it."""

    def __init__(self, subject: Subject, environment: Mapping[str, str] | None = None) -> None:
        """Start it and wait for its first heartbeat. Raises BenchFailure if none comes.

        environment: variables beside the subject's own.
        """
        self.spawned_at = time.monotonic_ns()
        self._child = start_plugin(
            subject.directory, subject.python, {**subject.environment, **(environment or {})}
        )
        self.pid = self._child.pid
        self._stdin, self._stdout = self._child.stdin.fileno(), self._child.stdout.fileno()
        for pipe in (self._stdin, self._stdout):
            os.set_blocking(pipe, False)
        self._readable, self._either = select.poll(), select.poll()
        for poll in (self._readable, self._either):
            poll.register(self._stdout, select.POLLIN)
        self._either.register(self._stdin, select.POLLOUT)
        self._unfinished_line = b""
        try:
            self.ready_at = self._await_heartbeat()
        except BaseException:  # Ctrl-C as well: nobody has it yet who could close it
            self.close()
            raise

    def exchange(self, batches: Sequence[Batch]) -> dict[str, Trace]:
        """Send the batches, each at its time, and return the traces when all sessions ended.

        Raises:
            BenchFailure: no answer in time, or the end of the process.
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
        """End the process at once. Safe to call twice."""
        self._child.kill()
        self._child.end()

    def _await_heartbeat(self) -> int:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            for at, line in self._read(self._readable, 1.0):
                if _HEARTBEAT in line:
                    return at
        raise BenchFailure(f"The plugin sent no heartbeat{self._said()}")

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
            self.close()
            raise BenchFailure(f"The plugin ended by itself{self._said()}")
        *lines, self._unfinished_line = (self._unfinished_line + piece).split(b"\n")
        return [(at, line) for line in lines if line]

    def _said(self) -> str:
        return f"; its stderr ends with: {self._child.last_error}"
