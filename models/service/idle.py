"""What the process gives back when nothing needs it: connections, and the memory of a burst."""

import ctypes
from typing import Protocol
from weakref import WeakSet

import gevent

_SWEEP_SECONDS = 15.0
# So many connections closed at once are a burst's.
_BURST = 32
# Of the C library of most systems (glibc), not of musl or macOS.
_malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)


class Pool(Protocol):
    """A pool of connections."""

    def close_idle(self, *, also_fresh: bool = False) -> int:
        """Close the idle connections that have expired, or all; return how many."""


_pools: WeakSet[Pool] = WeakSet()
_sweeper: "list[gevent.Greenlet[[], None]]" = []


def watch(pool: Pool) -> None:
    """Close the idle connections of a pool when their time is up, used or not."""
    _pools.add(pool)
    if not _sweeper:
        _sweeper.append(gevent.spawn(_sweep))


def close_all_idle() -> None:
    """Close every idle connection of the process."""
    for pool in list(_pools):
        pool.close_idle(also_fresh=True)


def _sweep() -> None:
    while True:
        gevent.sleep(_SWEEP_SECONDS)
        closed = sum(pool.close_idle() for pool in list(_pools))
        if closed >= _BURST and _malloc_trim is not None:
            # It takes some 30 ms, beside the event loop. Python's own arenas of 1 MiB stay for the
            # next burst, each as long as one object lives in it.
            gevent.get_hub().threadpool.spawn(_malloc_trim, 0)
