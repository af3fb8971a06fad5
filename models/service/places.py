"""How many connections the process has room for, and the wait for one of them.

Each takes a descriptor of the process, which all credentials share. Where they are used up nothing
works any more, not even the look-up of a name, so some are left for all else.
"""

from collections.abc import Callable
from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit, setrlimit

from gevent.lock import BoundedSemaphore

# Twice what the SDK runs at once by itself (MAX_WORKER); more would only be idle.
_MOST = 2048
# Pipes, look-ups of names, files that are imported, the sign-in's own connections.
_OTHERS = 128


def room() -> int:
    """Return how many connections fit; the limit of descriptors is raised as far as that needs."""
    soft, hard = getrlimit(RLIMIT_NOFILE)
    wanted = _MOST + _OTHERS
    if soft != RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == RLIM_INFINITY else min(hard, wanted)
        setrlimit(RLIMIT_NOFILE, (soft, hard))
    return _MOST if soft == RLIM_INFINITY else min(_MOST, max(soft - _OTHERS, soft // 2))


class Places:
    """So many places, each for one open connection. `close_idle` frees those that can be spared.

    While somebody waits for one `wanted` is true, and nobody should keep an idle connection.
    """

    def __init__(self, most: int, close_idle: Callable[[], None]) -> None:
        self._free = BoundedSemaphore(most)
        self._close_idle = close_idle
        self._waiting = 0

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for a place."""
        return self._waiting > 0

    def take(self, seconds: float | None) -> "Place | None":
        """Return a place, None if none became free within so many seconds."""
        if self._free.locked():
            self._close_idle()
        self._waiting += 1
        try:
            return Place(self._free) if self._free.acquire(timeout=seconds) else None
        finally:
            self._waiting -= 1


class Place:
    """One place that was taken. It is free again when it is given up or forgotten."""

    def __init__(self, of: BoundedSemaphore) -> None:
        self._of: BoundedSemaphore | None = of

    def give_up(self) -> None:
        """Let the next one have it. Safe to call twice."""
        of, self._of = self._of, None
        if of is not None:
            of.release()

    __del__ = give_up
