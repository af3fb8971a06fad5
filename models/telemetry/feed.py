"""The plugin's end of its metrics: facts of calls go down a pipe to a process that counts them.

Sending metrics takes 75 to 180 ms of work at once, which would hold up every running answer. So
this process does none of it: facts are gathered for a fifth of a second and written without
waiting, and what finds no room is counted and left out. The other process ends when this one does,
whatever ended it, and sends what it has.
"""

import contextlib
import fcntl
import json
import logging
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from time import monotonic

import gevent
from gevent.os import nb_read

from models.failures.words import shown
from models.telemetry.destination import Destination, speaks_grpc

logger = logging.getLogger(__name__)

_WORKER = ("-m", "models.telemetry.worker")
_RESTART_SECONDS = 60.0
# Some 2,000 calls, while the process starts or has no processor. Linux gives 64 KiB at first.
_PIPE_BYTES = 1 << 20
# Facts wait so long for others: each write wakes the other process, which then takes its part of
# the processor and its caches just while a call is answered.
_GATHER_SECONDS = 0.2
_MOST_WAITING = 5000
_READ_BYTES = 4096
# Each is a connection, a thread and its counts. One that nobody uses any more makes room.
_MOST_DESTINATIONS = 16
_IDLE_SECONDS = 600.0


class Feed:
    """The process that counts, started with the first call and again if it has ended.

    Nothing here raises or waits.
    """

    def __init__(self) -> None:
        self._pid = 0
        self._pipe = -1
        self._started_at = -_RESTART_SECONDS
        self._dropped = 0
        self._numbers = 0
        self._waiting: list[Mapping[str, object]] = []
        self._rest = b""
        self._flusher: gevent.Greenlet[[], None] | None = None
        self._known: dict[Destination, tuple[int, float]] = {}
        self._warned: set[str] = set()

    def send(self, destination: Destination, facts: Mapping[str, object]) -> None:
        """Hand over the facts of one call."""
        room = len(self._waiting) < _MOST_WAITING and (self._pipe >= 0 or self._start())
        if room and (number := self._number_of(destination)):
            dropped, self._dropped = self._dropped, 0
            self._put({"to": number, **facts, **({"dropped": dropped} if dropped else {})})
            return
        self._dropped += 1

    def _number_of(self, destination: Destination) -> int:
        """Return what the process knows a destination by, 0 where it cannot be told of it."""
        now = monotonic()
        number, _ = self._known.get(destination, (0, now))
        if number == 0:
            if not self._made_room(now):
                return 0
            self._numbers = number = self._numbers + 1
            headers = dict(destination.headers)
            self._put({"to": number, "url": destination.url, "headers": headers})
            if not destination.url and speaks_grpc(os.environ):
                self._warn_once(
                    "Metrics are sent by OTLP over HTTP, and the environment asks for gRPC: set "
                    "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/protobuf and "
                    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://HOST:4318/v1/metrics"
                )
        self._known[destination] = (number, now)
        return number

    def _made_room(self, now: float) -> bool:
        if len(self._known) < _MOST_DESTINATIONS:
            return True
        oldest = min(self._known, key=lambda each: self._known[each][1])
        number, used_at = self._known[oldest]
        if now - used_at < _IDLE_SECONDS:
            self._warn_once(
                f"Credentials name more than {_MOST_DESTINATIONS} telemetry endpoints at once; the "
                "calls of the others are not counted. Let them share endpoints and headers."
            )
            return False
        self._put({"to": number, "end": True})
        del self._known[oldest]
        return True

    def _put(self, line: Mapping[str, object]) -> None:
        self._waiting.append(line)
        if self._flusher is None:
            self._flusher = gevent.spawn_later(_GATHER_SECONDS, self._flush)

    def _flush(self) -> None:
        """Write what waits, as far as the pipe has room; the rest later."""
        self._flusher = None
        if self._pipe < 0:
            return
        if not self._rest:
            self._rest = b"".join(map(_encoded, self._waiting))
            self._waiting.clear()
        try:
            self._rest = self._rest[os.write(self._pipe, self._rest) :]
        except BlockingIOError:
            pass
        except OSError:
            self._close()
            return
        if self._rest:
            self._flusher = gevent.spawn_later(_GATHER_SECONDS, self._flush)

    def _start(self) -> bool:
        now = monotonic()
        if now - self._started_at < _RESTART_SECONDS:
            return False
        self._started_at = now
        self._reap()
        facts, self._pipe = os.pipe()
        said, says = os.pipe()
        try:
            # Not `subprocess`: it would fork this whole process, and gevent would watch over it.
            self._pid = os.posix_spawn(
                sys.executable,
                (sys.executable, *_WORKER),
                os.environ,
                file_actions=(
                    (os.POSIX_SPAWN_DUP2, facts, 0),
                    (os.POSIX_SPAWN_DUP2, says, 1),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                ),
                # Of its own: a key press that ends this process must leave it time for the rest.
                setpgroup=0,
                setsigdef=(signal.SIGPIPE,),
            )
        except (OSError, AttributeError):  # no process to be had, or a system without the call
            self._warn_once("The process that sends metrics cannot be started; calls go on.")
            os.close(said)
            self._close()
            return False
        finally:
            os.close(facts)
            os.close(says)
        os.set_blocking(self._pipe, False)
        os.set_blocking(said, False)
        with contextlib.suppress(OSError, AttributeError):  # it stays smaller
            fcntl.fcntl(self._pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        gevent.spawn(self._listen, self._pid, said)
        return True

    def _listen(self, pid: int, said: int) -> None:
        """Log what a process says until it ends."""
        try:
            for line in _lines(said):
                level, _, text = line.partition(" ")
                logger.log(logging.INFO if level == "INFO" else logging.WARNING, shown(text))
        finally:
            os.close(said)
            if self._pid == pid:  # not that of a later one
                self._close()
        logger.warning(
            "The process that sends metrics has ended; it is started again with a later call."
        )

    def _close(self) -> None:
        self._known.clear()
        self._dropped += sum("api" in line for line in self._waiting)
        self._waiting.clear()
        self._rest = b""
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            os.close(pipe)

    def _reap(self) -> None:
        """Let the system forget the process that has ended."""
        with contextlib.suppress(OSError):
            if self._pid:
                os.waitpid(self._pid, os.WNOHANG)

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            logger.warning(text)


def _encoded(line: Mapping[str, object]) -> bytes:
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return f"{text}\n".encode(errors="replace")


def _lines(pipe: int) -> Iterator[str]:
    begun = b""
    while piece := nb_read(pipe, _READ_BYTES):
        *ends, begun = (begun + piece).split(b"\n")
        yield from (end.decode(errors="replace") for end in ends)


_feed = Feed()
send = _feed.send
