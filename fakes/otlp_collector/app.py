"""The HTTP side of the receiver: OTLP's path, and what it is told to do instead of receiving."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fakes.otlp_collector.received import Misfit, Received, parsed

_BAD = 400


@dataclass(slots=True)
class Collector:
    """What arrived, what was wrong with it, and how requests are answered from now on.

    status: instead of receiving, with `retry_after` in seconds; stall: so long before an answer.
    """

    shown: Callable[[Received], None]
    received: Received = field(default_factory=Received)
    misfits: list[str] = field(default_factory=list)
    refused: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    retry_after: float | None = None
    stall: float = 0.0

    def routes(self) -> list[Route]:
        """Return the path of OTLP and two below /fake."""
        return [
            Route("/v1/metrics", self.receive, methods=["POST"]),
            Route("/fake/behaviour", self.behave, methods=["PUT"]),
            Route("/fake/received", self.tell),
        ]

    async def receive(self, request: Request) -> Response:
        """Take metrics, or do what it was told to do instead."""
        content = await request.body()
        self.headers = dict(request.headers)
        if self.stall:
            await asyncio.sleep(self.stall)
        if self.status != 200:  # noqa: PLR2004 - HTTP's own
            self.refused += 1
            after = {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}
            return Response(status_code=self.status, headers=after)
        named = request.headers
        try:
            self.received.take(
                parsed(content, named.get("content-type", ""), named.get("content-encoding", ""))
            )
        except Misfit as misfit:
            self.misfits.append(str(misfit))
            return JSONResponse({"message": str(misfit)}, status_code=_BAD)
        self.shown(self.received)
        # An empty ExportMetricsServiceResponse: all of it was taken.
        return Response(b"", media_type="application/x-protobuf")

    async def behave(self, request: Request) -> Response:
        """Change `status`, `retry_after` and `stall`; what is left out becomes as at first."""
        told = await request.json()
        self.status = int(told.get("status", 200))
        self.retry_after = told.get("retry_after")
        self.stall = float(told.get("stall", 0.0))
        return JSONResponse({})

    async def tell(self, _: Request) -> Response:
        """Return what arrived so far."""
        return JSONResponse(
            {
                "requests": self.received.requests,
                "refused": self.refused,
                "misfits": self.misfits,
                "headers": self.headers,
                "resources": self.received.resources,
                "series": [each.to_json() for each in self.received.series()],
            }
        )


def build_app(collector: Collector) -> Starlette:
    """Return the ASGI application."""
    return Starlette(routes=collector.routes())
