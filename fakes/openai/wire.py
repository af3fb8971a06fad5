"""Writes answers to the socket: when each piece leaves, in which cuts, and how the stream ends."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_PAUSE_SECONDS = 0.001
_LONGEST_SPLIT_SECONDS = 2.0
# After the request body, which was read before, only the disconnect can come.
_MOST_MESSAGES = 4
_open_connections: dict[tuple[str, int], asyncio.Transport] = {}


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the bytes of an answer leave.

    `delay_seconds` passes between stream events. `every` (bytes) or `offsets` (byte positions in
    the whole body) cut the body into separate network writes instead, a short pause after each.
    """

    delay_seconds: float = 0.0
    every: int | None = None
    offsets: tuple[int, ...] = ()

    def writes(self, pieces: Sequence[bytes]) -> Iterator[bytes]:
        """Yield the network writes that carry `pieces`."""
        if self.every is None and not self.offsets:
            yield from pieces
            return
        body = b"".join(pieces)
        step = self.every or len(body)
        cuts = self.offsets or tuple(range(step, len(body), step))
        start = 0
        for end in (*sorted(cut for cut in cuts if 0 < cut < len(body)), len(body)):
            if end > start:
                yield body[start:end]
            start = end

    def pause_seconds(self, writes: int) -> float:
        """Return how long to wait between writes, bounded for the whole answer."""
        if self.every is None and not self.offsets:
            return self.delay_seconds
        return min(_PAUSE_SECONDS, _LONGEST_SPLIT_SECONDS / max(writes, 1))


class Ending(Enum):
    """What becomes of the connection."""

    COMPLETE = "complete"
    CUT = "cut"  # closed after the last piece, with the body unfinished
    DISCONNECT = "disconnect"  # closed before any byte
    SILENCE = "silence"  # nothing is sent until the client goes away


PROMPTLY = Delivery()


@dataclass(slots=True)
class Reply:
    """One HTTP answer, as an ASGI application.

    `before_end` runs before the last piece leaves, so that a reader who saw the end of a stream
    finds its stored record; a reader who left early finds none. `outcome` tells afterwards what
    happened: `pending`, `complete`, `cut`, `disconnect`, `silence` or `client_left`.
    """

    status: int
    headers: dict[str, str]
    pieces: Sequence[bytes]
    delivery: Delivery = PROMPTLY
    ending: Ending = Ending.COMPLETE
    before_end: Callable[[], None] | None = None
    outcome: str = field(default="pending", init=False)

    @property
    def has_head(self) -> bool:
        """Whether a status is ever sent."""
        return self.ending in (Ending.COMPLETE, Ending.CUT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        transport = _open_connections.get(tuple(scope["client"] or ()))
        if self.has_head and not await self._send(transport, send):
            self.outcome = "client_left"
            return
        self.outcome = self.ending.value
        if self.ending is Ending.COMPLETE:
            await send({"type": "http.response.body", "body": b""})
            return
        if self.ending is not Ending.SILENCE and transport is not None:
            transport.close()
        for _ in range(_MOST_MESSAGES):
            if (await receive())["type"] == "http.disconnect":
                return

    async def _send(self, transport: asyncio.Transport | None, send: Send) -> bool:
        """Send the head and every piece; return False when the client left before the last one."""
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        writes = list(self.delivery.writes(self.pieces))
        pause = self.delivery.pause_seconds(len(writes))
        for index, piece in enumerate(writes):
            if transport is not None and transport.is_closing():
                return False
            last = index == len(writes) - 1
            if last and self.before_end is not None:
                self.before_end()
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            if pause and not last:
                await asyncio.sleep(pause)
        return True


class TrackedProtocol(H11Protocol):
    """HTTP/1.1 that remembers each connection by its client, so that an answer can close it.

    ASGI has no way to close a connection in the middle of an answer or before its first byte.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _open_connections[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        if self.client is not None:
            _open_connections.pop(self.client, None)
