"""HTTP over sockets that keep to a call's deadline and leave nothing behind for the next call.

httpx2's own transport with five things of ours, each at the place where it can hurt nobody:

- a wait ends at the socket. A timer from outside may strike while the pool changes its lists, and
  then a connection's place is lost for good;
- a connection that holds bytes which no answer claimed is closed, not reused: they would be read
  as the next caller's answer;
- whether an idle connection is still open is asked without giving way to other greenlets, because
  the pool asks it while it holds its lock;
- a connection is made when the process has room for it, and is closed when it was idle for long:
  the pool itself closes none until somebody uses it again;
- what is sent and what comes is bounded (`body`), for every client that uses these connections.
"""

import select
import ssl
from collections.abc import Iterable, Iterator
from typing import Any, override

import gevent
import httpcore2
import httpx2
from gevent import monkey

from models.failures.failure import request_too_long
from models.service.attempts import CONNECT_SECONDS, Deadline
from models.service.body import Body, read_error
from models.service.idle import close_all_idle, watch
from models.service.places import Place, Places, room
from models.service.reads import PiecesByRead, parser_of, read_arrived
from models.turns import give_way

# Longer than the pause between two messages of a chat, shorter than the idle limits of gateways.
_IDLE_SECONDS = 60.0
_LIMITS = httpx2.Limits(
    max_connections=1000, max_keepalive_connections=100, keepalive_expiry=_IDLE_SECONDS
)
# Some ten images of the 10 MB that Dify takes, in base64.
_MOST_REQUEST_BYTES = 128 << 20
# gevent's would switch to another greenlet even where nothing is to be waited for.
_poll: type[select.poll] = monkey.get_original("select", "poll")
_places = Places(room(), close_all_idle)


class Transport(httpx2.HTTPTransport):
    """A pool of connections to one service, directly or through a proxy."""

    def __init__(self, tls: ssl.SSLContext, proxy: str | None = None) -> None:
        super().__init__(verify=tls, limits=_LIMITS, proxy=proxy)
        # Not among httpx2's arguments; it is one of httpcore2's pools.
        self._pool._network_backend = _Backend()
        watch(self)

    def close_idle(self, *, also_fresh: bool = False) -> int:
        """Close the idle connections that have expired, or all; return how many."""
        pool = self._pool
        assert isinstance(pool, httpcore2.ConnectionPool)  # noqa: S101 - for the type
        with pool._optional_thread_lock:
            most = pool._max_keepalive_connections
            try:
                pool._max_keepalive_connections = 0 if also_fresh else most
                closing = pool._assign_requests_to_connections()
            finally:
                pool._max_keepalive_connections = most
        pool._close_connections(closing)
        return len(closing)

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the response of one that is refused is already read.

        A response closes a connection that holds more than the answer. Its body raises ServiceError
        (`Body`), and so does this for a request that is too long.
        """
        if int(request.headers.get("content-length", "0")) > _MOST_REQUEST_BYTES:
            raise request_too_long(_MOST_REQUEST_BYTES)
        response = super().handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 - for the type
        clean = _CleanStream(stream, response.extensions["network_stream"], self)
        read = request.extensions.get("timeout", {}).get("read")
        deadline = read if isinstance(read, Deadline) else None
        response.stream = Body(clean, response.headers, deadline)
        # Whoever reads it finds it unpacked, and text as both APIs write it.
        response.headers.pop("content-encoding", None)
        response.encoding = "utf-8"
        return response if response.is_success else read_error(response)


class _CleanStream(httpx2.SyncByteStream):
    """A response's bytes. Closing it drops the connection if bytes are left in its buffer, or if
    another call waits for its place."""

    def __init__(
        self,
        stream: httpx2.SyncByteStream,
        connection: httpcore2.NetworkStream,
        transport: Transport,
    ) -> None:
        self._stream = stream
        self._pieces = PiecesByRead(stream)
        self._connection = connection
        self._transport = transport

    @override
    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    @override
    def close(self) -> None:
        if _holds_unread_bytes(self._stream):
            # The pool never hands out a connection whose socket is closed.
            self._connection.close()
        self._stream.close()
        if _places.wanted:
            self._transport.close_idle(also_fresh=True)


def _holds_unread_bytes(stream: httpx2.SyncByteStream) -> bool:
    """Return whether the parser of a response holds bytes beyond it; one that cannot be asked is
    taken for one that does."""
    parser = parser_of(stream)
    return parser is None or bool(parser.trailing_data[0])


class _Backend(httpcore2.SyncBackend):
    """Makes the connections."""

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | Deadline | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        # Of a call whose time was up before, no connection is to be told as the cause.
        if (place := _places.take(_seconds(timeout, httpcore2.WriteTimeout))) is None:
            raise httpcore2.PoolTimeout
        try:
            seconds = _connect_seconds(timeout)
            # The look-up has no timeout of its own. The timer strikes outside the pool's own work.
            too_late = httpcore2.ConnectTimeout(f"no connection within {seconds:.0f} s")
            with gevent.Timeout(seconds, too_late):
                connected = super().connect_tcp(host, port, None, local_address, socket_options)
        except BaseException:
            place.give_up()
            raise
        return _Stream(connected, place)


class _Stream(httpcore2.NetworkStream):
    """A connection whose waits end with a call's deadline, or with a number of seconds."""

    def __init__(self, stream: httpcore2.NetworkStream, place: Place) -> None:
        self._stream = stream
        self._place = place
        self._open = True

    @override
    def read(self, max_bytes: int, timeout: float | Deadline | None = None) -> bytes:
        # Bytes that are there already are read without a wait.
        give_way()
        return self._read(max_bytes, _seconds(timeout, httpcore2.ReadTimeout))

    def _read(self, max_bytes: int, seconds: float | None) -> bytes:
        return self._stream.read(max_bytes, seconds)

    @override
    def write(self, buffer: bytes, timeout: float | Deadline | None = None) -> None:
        self._stream.write(buffer, _seconds(timeout, httpcore2.WriteTimeout))

    @override
    def close(self) -> None:
        self._open = False
        self._stream.close()
        self._place.give_up()

    @override
    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | Deadline | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            seconds = _connect_seconds(timeout)
            secured = self._stream.start_tls(ssl_context, server_hostname, seconds)
        except BaseException:
            self.close()
            raise
        return _SecuredStream(secured, self._place)

    @override
    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return not self._open or _is_readable(self._stream.get_extra_info("socket"))
        return self._stream.get_extra_info(info)


class _SecuredStream(_Stream):
    """A connection with TLS."""

    @override
    def _read(self, max_bytes: int, seconds: float | None) -> bytes:
        connection = self._stream.get_extra_info("socket")
        return read_arrived(self._stream, max_bytes, seconds, lambda: _is_readable(connection))


def _seconds(
    timeout: float | Deadline | None, too_late: type[httpcore2.TimeoutException]
) -> float | None:
    if not isinstance(timeout, Deadline):
        return timeout
    # A socket takes 0 for "do not wait at all", and fails in other words.
    if not (left := timeout.remaining()):
        raise too_late
    return left


def _connect_seconds(timeout: float | Deadline | None) -> float:
    left = _seconds(timeout, httpcore2.ConnectTimeout)
    return CONNECT_SECONDS if left is None else min(CONNECT_SECONDS, left)


def _is_readable(connection: Any) -> bool:
    poll = _poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
