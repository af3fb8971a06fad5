"""The connections to one service: which of them serves the next call, and which are closed."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore2

from models.service.reads import parser_of, pieces_by_read

_MOST_IDLE = 100


class Pool:
    """Idle connections, of which the one that was used last serves the next call.

    httpcore2's own pool looks at every connection, the busy ones too, when a call begins and when
    one ends: of 200 calls that began together this took a sixth of the time.
    """

    def __init__(
        self,
        make: Callable[[httpcore2.Origin], httpcore2.ConnectionInterface],
        is_room_wanted: Callable[[], bool],
    ) -> None:
        """make: makes a connection that opens itself with its first request.

        is_room_wanted: says whether somebody waits until another connection is closed.
        """
        self._make = make
        self._is_room_wanted = is_room_wanted
        self._idle: deque[httpcore2.ConnectionInterface] = deque()
        self._is_closed = False

    def handle_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """Send a request; whoever closes the response gives the connection back.

        Raises httpcore2's exceptions. A connection on which one happens is closed.
        """
        connection = self._next(request.url.origin)
        try:
            response = connection.handle_request(request)
        except BaseException:
            connection.close()
            raise
        timeout = request.extensions.get("timeout", {}).get("read")
        response.stream = _Content(response, timeout, connection, self._take_back)
        return response

    def close_idle(self, *, also_fresh: bool = False) -> int:
        """Close the idle connections that have expired, or all; return how many."""
        idle, self._idle = self._idle, deque()
        for connection in idle:
            if also_fresh or connection.has_expired():
                connection.close()
            else:
                self._idle.append(connection)
        return len(idle) - len(self._idle)

    def close(self) -> None:
        """Close the idle connections now, and each of the others with its call."""
        self._is_closed = True
        self.close_idle(also_fresh=True)

    def _next(self, origin: httpcore2.Origin) -> httpcore2.ConnectionInterface:
        while self._idle:
            connection = self._idle.pop()
            # Expired is also one that the service closed, or that holds what nobody asked for.
            if connection.can_handle_request(origin) and not connection.has_expired():
                return connection
            connection.close()
        return self._make(origin)

    def _take_back(self, connection: httpcore2.ConnectionInterface) -> None:
        if self._is_closed or self._is_room_wanted() or not connection.is_idle():
            connection.close()
            return
        self._idle.append(connection)
        if len(self._idle) > _MOST_IDLE:
            self._idle.popleft().close()


class _Content:
    """A response's bytes. Closing it gives the connection back, or closes it if bytes are left that
    no answer claimed."""

    def __init__(
        self,
        response: httpcore2.Response,
        read_timeout: Any,
        connection: httpcore2.ConnectionInterface,
        give_back: Callable[[httpcore2.ConnectionInterface], None],
    ) -> None:
        assert isinstance(response.stream, Iterable)  # noqa: S101 - for the type
        self._chunks = response.stream
        self._network: httpcore2.NetworkStream = response.extensions["network_stream"]
        self._read_timeout = read_timeout
        self._parser = parser_of(response.stream)
        self._connection: httpcore2.ConnectionInterface | None = connection
        self._give_back = give_back

    def __iter__(self) -> Iterator[bytes]:
        if self._parser is None:
            return iter(self._chunks)
        return pieces_by_read(self._parser, self._network, self._read_timeout)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._chunks.close()  # type: ignore[attr-defined] # httpcore2's own have it
        # What cannot be asked is taken for what holds some.
        if self._parser is None or self._parser.trailing_data[0]:
            connection.close()
        self._give_back(connection)
