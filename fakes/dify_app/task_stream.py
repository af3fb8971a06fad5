"""Writes a running answer to the socket, and lets it run on when its reader has left."""

from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from fakes.dify_app.generation import Generation
from fakes.dify_app.replies import EVENT_STREAM_TYPE
from fakes.openai.wire import transport_of


@dataclass(slots=True)
class TaskStream:
    """A streamed answer, as an ASGI application; `outcome` as that of any reply."""

    generation: Generation
    status: int = field(default=200, init=False)
    has_head: bool = field(default=True, init=False)
    outcome: str = field(default="pending", init=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer."""
        transport = transport_of(scope)
        headers = [(b"content-type", EVENT_STREAM_TYPE.encode()), (b"cache-control", b"no-cache")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        left = False
        async for piece in self.generation.pieces():
            left = left or (transport is not None and transport.is_closing())
            if not left:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        if left:
            self.outcome = "client_left"
        elif self.generation.is_cut and transport is not None:
            self.outcome = "cut"
            transport.close()
            await receive()
        else:
            self.outcome = "complete"
            await send({"type": "http.response.body", "body": b""})
