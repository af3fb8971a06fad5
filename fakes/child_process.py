"""A child process with pipes: the one way in which fakes, demo and benchmark start and end one.

Built on subprocess and threading alone, looked up when used: under gevent's monkey patch the same
code runs on cooperative pipes and greenlets.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Self

_STOP_SECONDS = 5.0
_STDERR_TAIL_BYTES = 8 * 1024


class ChildProcess:
    """Started when it is made; leaving its `with` block ends it."""

    def __init__(
        self,
        arguments: Sequence[str | Path],
        directory: Path,
        environment: Mapping[str, str] | None = None,
        stop_signal: signal.Signals | None = None,
    ) -> None:
        """Start it in `directory`.

        environment: what it gets besides PATH, so that no key in the shell of whoever runs this
        changes what it does; None hands on the whole environment. stop_signal: tells it to end;
        None where closing its stdin does.
        """
        self._stop_signal = stop_signal
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self._popen = subprocess.Popen(
            arguments,
            cwd=directory,
            env=None
            if environment is None
            else {"PATH": os.environ.get("PATH", ""), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
        )
        self.stdin, self.stdout = _pipe(self._popen.stdin), _pipe(self._popen.stdout)
        self._threads: list[threading.Thread] = []
        self._ended = False
        self._last_words = ""

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process is still running."""
        return self._popen.poll() is None

    @property
    def stderr_written_at(self) -> float:
        """When it last wrote to stderr, in seconds since the epoch."""
        return 0.0 if self._ended else os.fstat(self._stderr.fileno()).st_mtime

    @property
    def stderr_tail(self) -> str:
        """The last 8 KiB of stderr."""
        if self._ended:
            return self._last_words
        length = os.fstat(self._stderr.fileno()).st_size
        start = max(0, length - _STDERR_TAIL_BYTES)
        # The child shares the file's position, which must not move.
        tail = os.pread(self._stderr.fileno(), _STDERR_TAIL_BYTES, start)
        return tail.decode("utf-8", errors="replace").strip()

    @property
    def last_error(self) -> str:
        """The last line of stderr, or `nothing`."""
        return (self.stderr_tail.splitlines() or ["nothing"])[-1]

    def start_thread(self, job: str, target: Callable[[], None]) -> threading.Thread:
        """Start a thread that serves a pipe; it has to end when the process has ended."""
        thread = threading.Thread(target=target, name=f"child-{self.pid}-{job}", daemon=True)
        thread.start()
        self._threads.append(thread)
        return thread

    def first_line(self, seconds: float) -> bytes:
        """Return the first line of stdout; empty if it has not come in time or never will."""
        lines: list[bytes] = []
        reader = self.start_thread("first line", lambda: lines.append(self.stdout.readline()))
        reader.join(seconds)
        return lines[0] if lines else b""

    def wait(self, seconds: float) -> int | None:
        """Return its exit code, None if it still runs after so many seconds."""
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """Kill it, and leave the rest to `end`."""
        self._popen.kill()

    def end(self) -> None:
        """Tell it to end, and kill what has not ended in time. Safe to call twice."""
        if self._ended:
            return
        if self._stop_signal is None:
            with contextlib.suppress(OSError):
                self.stdin.close()
        else:
            self._popen.send_signal(self._stop_signal)
        if self.wait(_STOP_SECONDS) is None:
            self._popen.kill()
            self._popen.wait(_STOP_SECONDS)
        for thread in self._threads:
            thread.join(_STOP_SECONDS)
        self._last_words = self.stderr_tail
        self._ended = True
        # A pipe that a thread still waits on cannot be closed: something else holds its other end.
        if not any(thread.is_alive() for thread in self._threads):
            for pipe in (self.stdin, self.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()
        self._stderr.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.end()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:  # only for the type checker: both are opened as pipes
        raise RuntimeError("The process was started without a pipe.")
    return pipe
