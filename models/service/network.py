"""Connections whose every wait ends with a call's deadline."""

import select
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, override

import gevent
import httpcore2
from gevent import monkey

from models.service.attempts import CONNECT_SECONDS, Deadline
from models.service.places import Place, Places
from models.service.reads import read_arrived
from models.turns import give_way

# What is shorter waits for what is written next: a request's head leaves with its body.
_TOGETHER_BYTES = 64 << 10
# gevent's would switch to another greenlet even where nothing is to be waited for.
_poll: type[select.poll] = monkey.get_original("select", "poll")


class Network(httpcore2.SyncBackend):
    """Makes connections, as many as there are places.

    A wait ends at the socket. A timer from outside may strike anywhere, also while a connection is
    handed on, and then its place is lost for good.
    """

    def __init__(self, places: Places) -> None:
        self._places = places

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
        if (place := self._places.take(_seconds(timeout, httpcore2.WriteTimeout))) is None:
            raise httpcore2.PoolTimeout
        try:
            seconds = _connect_seconds(timeout)
            # The look-up has no timeout of its own. The timer strikes while nothing is handed on.
            too_late = httpcore2.ConnectTimeout(f"no connection within {seconds:.0f} s")
            with gevent.Timeout(seconds, too_late):
                connected = super().connect_tcp(host, port, None, local_address, socket_options)
        except BaseException:
            place.give_up()
            raise
        return _Stream(connected, place)


class _Stream(httpcore2.NetworkStream):
    """A connection. Its waits take a call's deadline, or a number of seconds."""

    def __init__(self, stream: httpcore2.NetworkStream, place: Place) -> None:
        self._stream = stream
        self._socket: socket.socket = stream.get_extra_info("socket")
        self._place = place
        self._held = b""
        self._is_open = True

    @override
    def read(self, max_bytes: int, timeout: float | Deadline | None = None) -> bytes:
        if self._held:
            # A service may answer before it has read all, and close.
            with suppress(httpcore2.WriteError):
                self._send_held(timeout)
        # Bytes that are there already are read without a wait.
        give_way()
        return self._read(max_bytes, _seconds(timeout, httpcore2.ReadTimeout))

    def _read(self, max_bytes: int, seconds: float | None) -> bytes:
        """Read as httpcore2 does, without the two frames that its own way of it takes."""
        try:
            self._socket.settimeout(seconds)
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise httpcore2.ReadTimeout from None
        except OSError as fault:
            raise httpcore2.ReadError(str(fault)) from None

    @override
    def write(self, buffer: bytes, timeout: float | Deadline | None = None) -> None:
        """Send bytes, or hold them until more or enough are written, or something is read."""
        if len(self._held) + len(buffer) > _TOGETHER_BYTES:
            self._send_held(timeout)
            self._stream.write(buffer, _seconds(timeout, httpcore2.WriteTimeout))
        else:
            self._held += buffer

    def _send_held(self, timeout: float | Deadline | None) -> None:
        held, self._held = self._held, b""
        if held:
            self._stream.write(held, _seconds(timeout, httpcore2.WriteTimeout))

    @override
    def close(self) -> None:
        self._is_open = False
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
            return not self._is_open or _is_readable(self._socket)
        return self._stream.get_extra_info(info)


class _SecuredStream(_Stream):
    """A connection with TLS."""

    @override
    def _read(self, max_bytes: int, seconds: float | None) -> bytes:
        return read_arrived(self._stream, max_bytes, seconds, lambda: _is_readable(self._socket))


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


def _is_readable(connection: socket.socket) -> bool:
    poll = _poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))
