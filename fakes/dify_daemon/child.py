"""The operating system's side of a plugin: the child process, its three pipes, their threads.

Built on subprocess, threading and queue alone, looked up when used: under gevent's monkey patch
the same code runs on cooperative pipes and greenlets.
"""

import contextlib
import os
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from fakes.dify_daemon.errors import ProtocolViolation
from fakes.dify_daemon.limits import DaemonLimits

_STDERR_TAIL_BYTES = 8 * 1024
_EXIT_AFTER_EOF_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Command:
    """What to start, where, and with which environment besides what the daemon sets."""

    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]


class Child:
    """A started plugin process whose stdin and stderr are served by threads of their own."""

    def __init__(self, command: Command, limits: DaemonLimits) -> None:
        self._limits = limits
        self._outgoing: queue.Queue[bytes | None] = queue.Queue()
        self._stderr_tail = bytearray()
        self._last_output_at = time.monotonic()
        self._popen = subprocess.Popen(
            command.arguments,
            cwd=command.directory,
            # The daemon hands on its whole environment. A key in the shell of whoever runs this
            # must not change what a plugin does, so only PATH is handed on here.
            env={
                "PATH": os.environ.get("PATH", ""),
                **command.environment,
                "INSTALL_METHOD": "local",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._stdin = _piped(self._popen.stdin)
        self._stdout = _piped(self._popen.stdout)
        self._stderr = _piped(self._popen.stderr)
        self._writer = self.start_thread("stdin", self._write_outgoing)
        self._stderr_reader = self.start_thread("stderr", self._keep_stderr_tail)

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._popen.poll() is None

    @property
    def stderr_tail(self) -> str:
        """The last 8 KiB of stderr."""
        return self._stderr_tail.decode("utf-8", errors="replace").strip()

    @property
    def silent_seconds(self) -> float:
        """Time since the last line on stdout or stderr."""
        return time.monotonic() - self._last_output_at

    def start_thread(self, job: str, target: Callable[[], None]) -> threading.Thread:
        """Start a thread that is named after this process and its job."""
        thread = threading.Thread(target=target, name=f"plugin-{self.pid}-{job}", daemon=True)
        thread.start()
        return thread

    def send(self, line: bytes) -> None:
        """Queue a line for stdin; a plugin that does not read never blocks its caller."""
        self._outgoing.put(line)

    def stdout_lines(self) -> Iterator[bytes]:
        """Yield the lines of stdout until it is closed, for one reader.

        Raises:
            ProtocolViolation: a line longer than the daemon's buffer.
        """
        return self._lines(self._stdout, "stdout")

    def exit_code(self) -> int | None:
        """Return the code of a process that closed its stdout, killing it if it does not exit.

        Everything it wrote to stderr is in `stderr_tail` afterwards.
        """
        if self._wait(_EXIT_AFTER_EOF_SECONDS) is None:
            self._popen.kill()
        code = self._wait(self._limits.stop)
        self._stderr_reader.join(self._limits.stop)
        return code

    def kill(self) -> None:
        """End the process at once."""
        self._popen.kill()

    def stop(self) -> None:
        """End the process: close stdin, terminate, and kill what is left after `limits.stop`."""
        self._outgoing.put(None)
        # The SDK does not exit when stdin closes (it reads it again, forever): no use in waiting.
        self._popen.terminate()
        if self._wait(self._limits.stop) is None:
            self._popen.kill()
            self._wait(self._limits.stop)
        for thread in (self._writer, self._stderr_reader):
            thread.join(self._limits.stop)

    def close_stdout(self) -> None:
        """Give the pipe back after its reader has ended."""
        self._stdout.close()

    def _wait(self, seconds: float) -> int | None:
        try:
            return self._popen.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None

    def _write_outgoing(self) -> None:
        # A broken pipe needs no report from here: the reader of stdout sees the process end.
        with contextlib.suppress(OSError):
            while (line := self._outgoing.get()) is not None:
                self._stdin.write(line)
                self._stdin.flush()
        with contextlib.suppress(OSError):
            self._stdin.close()

    def _keep_stderr_tail(self) -> None:
        # As in the daemon, nobody reads on after a line that is too long, and the plugin blocks.
        with contextlib.suppress(ProtocolViolation), self._stderr:
            for line in self._lines(self._stderr, "stderr"):
                self._stderr_tail += line + b"\n"
                del self._stderr_tail[:-_STDERR_TAIL_BYTES]

    def _lines(self, pipe: IO[bytes], name: str) -> Iterator[bytes]:
        limit = self._limits.line_bytes
        while line := pipe.readline(limit):
            self._last_output_at = time.monotonic()
            if len(line) == limit and not line.endswith(b"\n"):
                raise ProtocolViolation(
                    f"A line on {name} has no end within {limit} bytes, the daemon's buffer;"
                    " send a large result in several chunks."
                )
            yield line.rstrip(b"\r\n")


def _piped(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # only for the type checker: all three are opened as pipes
        raise RuntimeError("The process was started without a pipe.")
    return pipe
