"""HTTP as the plugin needs it: a call's deadline is kept, and nothing is left for the next call.

httpx2's own transport with what is ours at the places where it can hurt nobody: the connections
themselves (`network`), which of them serves whom (`pool`), and the bounds of what is sent and what
comes (`body`), for every client that uses these connections.
"""

import ssl
from typing import override

import httpcore2
import httpx2

from models.failures.failure import request_too_long
from models.service.attempts import Deadline
from models.service.body import Body, read_error
from models.service.idle import close_all_idle, watch
from models.service.network import Network
from models.service.places import Places, room
from models.service.pool import Pool

# Longer than the pause between two messages of a chat, shorter than the idle limits of gateways.
_LIMITS = httpx2.Limits(keepalive_expiry=60.0)
# Some ten images of the 10 MB that Dify takes, in base64.
_MOST_REQUEST_BYTES = 128 << 20
_places = Places(room(), close_all_idle)


class Transport(httpx2.HTTPTransport):
    """Requests to one service, directly or through a proxy."""

    def __init__(self, tls: ssl.SSLContext, proxy: str | None = None) -> None:
        super().__init__(verify=tls, limits=_LIMITS, proxy=proxy)
        # httpx2 chooses what makes the connections. Whoever makes the sockets is not among its
        # arguments; it is one of httpcore2's pools.
        makes = self._pool
        assert isinstance(makes, httpcore2.ConnectionPool)  # noqa: S101 - for the type
        makes._network_backend = Network(_places)
        places = _places
        self._connections = Pool(makes.create_connection, lambda: places.wanted)
        self._pool = self._connections  # type: ignore[assignment] # it handles requests and closes
        watch(self._connections)

    @override
    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; the response of one that is refused is already read.

        Its body raises ServiceError (`Body`), and so does this for a request that is too long.
        """
        if int(request.headers.get("content-length", "0")) > _MOST_REQUEST_BYTES:
            raise request_too_long(_MOST_REQUEST_BYTES)
        response = super().handle_request(request)
        stream = response.stream
        assert isinstance(stream, httpx2.SyncByteStream)  # noqa: S101 - for the type
        read = request.extensions.get("timeout", {}).get("read")
        deadline = read if isinstance(read, Deadline) else None
        response.stream = Body(stream, response.headers, deadline)
        # Whoever reads it finds it unpacked, and text as both APIs write it.
        response.headers.pop("content-encoding", None)
        response.encoding = "utf-8"
        return response if response.is_success else read_error(response)
