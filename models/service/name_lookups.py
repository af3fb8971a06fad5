"""Names are looked up in threads of their own, one at a time for each name."""

import _socket
from typing import Any, override

from gevent.event import AsyncResult
from gevent.resolver.thread import Resolver
from gevent.threadpool import ThreadPool

# The event loop's own threads also import what a first call needs, so look-ups that hang would stop
# that.
_MOST_LOOKUPS = 16


class NameLookups(Resolver):
    """gevent's look-ups in threads, which share their answers while they run.

    Two hundred calls that begin together would ask two hundred times, and each thread that wakes
    up takes Python's lock from the calls. Addresses are no names: they are read where they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pool = ThreadPool(_MOST_LOOKUPS)
        self._running: dict[object, AsyncResult[Any]] = {}

    @override
    def getaddrinfo(
        self,
        host: str | bytes | None,
        port: str | int | None,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """Return what `socket.getaddrinfo` does. Raises OSError for what is no name."""
        asked = (host, port, family, type, proto, flags)
        try:
            return _socket.getaddrinfo(*asked[:-1], flags | _socket.AI_NUMERICHOST)
        except _socket.gaierror:
            pass
        if (running := self._running.get(asked)) is None:
            running = self._running[asked] = self.pool.spawn(_socket.getaddrinfo, *asked)
            running.rawlink(lambda _: self._running.pop(asked, None))
        return running.get()
