"""A plugin under a daemon's care: started, watched, its output handed to the right session."""

import contextlib
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import override

from fakes.child_process import ChildProcess
from fakes.dify_daemon.connection import PluginConnection
from fakes.dify_daemon.errors import NoHeartbeat, PluginDied, ProtocolViolation
from fakes.dify_daemon.limits import DaemonLimits

_EXIT_AFTER_EOF_SECONDS = 1.0


def start_plugin(
    directory: Path, python: Path | None = None, environment: Mapping[str, str] | None = None
) -> ChildProcess:
    """Start `python -m main` in `directory`, as the daemon starts an installed plugin.

    environment: besides PATH and INSTALL_METHOD; the daemon itself hands on its whole environment.
    """
    command = (python or sys.executable, "-m", "main")
    settings = {"INSTALL_METHOD": "local", **(environment or {})}
    # The SDK by itself does not exit when stdin closes: it reads it again, forever.
    return ChildProcess(command, directory, settings, stop_signal=signal.SIGTERM)


class PluginProcess(PluginConnection):
    """A running plugin: it starts when it is made, and is made after its first heartbeat.

    `child` is its process, which `stop` ends.
    """

    def __init__(
        self,
        directory: Path,
        *,
        python: Path | None = None,
        environment: Mapping[str, str] | None = None,
        limits: DaemonLimits | None = None,
    ) -> None:
        """Start the plugin and wait for its first heartbeat.

        Raises:
            NoHeartbeat: none within `limits.first_heartbeat`.
            ProcessFailure: the process ended or broke the protocol before it.
        """
        super().__init__(limits)
        self._stopping = threading.Event()
        self._outgoing: queue.Queue[bytes | None] = queue.Queue()
        self._last_line_at = time.time()
        self.child = start_plugin(directory, python, environment)
        self.child.start_thread("stdin", self._write_stdin)
        self.child.start_thread("stdout", self._read_stdout)
        self.child.start_thread("liveness", self._watch_liveness)
        self._await_first_heartbeat()

    @override
    def stop(self) -> None:
        """End the process and its threads; sessions still open fail. Safe to call twice."""
        self._stopping.set()
        self._outgoing.put(None)
        self.child.end()

    def _await_first_heartbeat(self) -> None:
        limit = self.limits.first_heartbeat
        try:
            if not self._settled.wait(limit):
                self._fail(
                    NoHeartbeat(
                        f"The plugin sent no heartbeat within {limit:g} seconds;"
                        f" its stderr ends with: {self.child.stderr_tail or 'nothing'}"
                    )
                )
            self._raise_failure()
        except BaseException:
            # Nobody has the object yet, so nobody else can stop the process.
            self.stop()
            raise

    @override
    def _send(self, line: bytes) -> None:
        # A plugin that does not read never blocks its caller.
        self._outgoing.put(line)

    def _write_stdin(self) -> None:
        # A broken pipe needs no report from here: the reader of stdout sees the process end.
        with contextlib.suppress(OSError):
            while (line := self._outgoing.get()) is not None:
                self.child.stdin.write(line)
                self.child.stdin.flush()

    def _read_stdout(self) -> None:
        try:
            self._read(self._stdout_lines())
        except ProtocolViolation as violation:
            self._fail(violation)
            self.child.kill()
        # Without effect if the process was killed for a violation: the first failure stays.
        self._fail(self._describe_end())

    def _stdout_lines(self) -> Iterator[bytes]:
        limit = self.limits.line_bytes
        while line := self.child.stdout.readline(limit):
            self._last_line_at = time.time()
            if len(line) == limit and not line.endswith(b"\n"):
                raise ProtocolViolation(
                    f"A line on stdout has no end within {limit} bytes, the daemon's buffer;"
                    " send a large result in several chunks."
                )
            yield line

    def _watch_liveness(self) -> None:
        while not self._stopping.wait(self.limits.silence_check):
            written_at = max(self._last_line_at, self.child.stderr_written_at)
            if time.time() - written_at > self.limits.silence:
                self._fail(
                    ProtocolViolation(
                        f"The plugin wrote nothing for {self.limits.silence:g} seconds, not even"
                        " a heartbeat; look for a call that blocks the whole process."
                    )
                )
                self.child.kill()
                return

    def _describe_end(self) -> PluginDied:
        if self._stopping.is_set():
            return PluginDied("The plugin was stopped while this session was open.")
        code = self.child.wait(_EXIT_AFTER_EOF_SECONDS)
        if code is None:
            self.child.kill()
            code = self.child.wait(_EXIT_AFTER_EOF_SECONDS)
        when = "" if self._settled.is_set() else " before its first heartbeat"
        tail = self.child.stderr_tail or "nothing"
        return PluginDied(f"The plugin exited with code {code}{when}; its stderr ends with: {tail}")
