"""A server on loopback that sends scripted bytes for Dify, and keeps what it was asked."""

import json
import socketserver
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent for one request.

    `pause` passes before each chunk, `silence` after the last one; `lost` leaves the body without
    its end, as a broken connection does.
    """

    chunks: Sequence[bytes] = ()
    status: int = 200
    content_type: str | None = "text/event-stream; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    silence: float = 0.0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A request."""

    path: str
    headers: Mapping[str, str]
    body: Json


STOPPED = Reply((b'{"result": "success"}',), content_type="application/json")


class DifyServer:
    """Sends the planned replies in their order; every other request is answered with 599."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.stop_reply = STOPPED
        self._plan: list[Reply] = []
        server = self

        class Handler(_Handler):
            dify = server

        self._server = _ThreadingServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where the server listens, without `/v1`."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def asked(self) -> list[Json]:
        """The bodies of the turns that were sent."""
        return [one.body for one in self.received if not one.path.endswith("/stop")]

    @property
    def stops(self) -> list[Received]:
        """The calls of the stop endpoint."""
        return [one for one in self.received if one.path.endswith("/stop")]

    def plan(self, *replies: Reply) -> None:
        """Forget everything and plan these replies."""
        self.received.clear()
        self.stop_reply = STOPPED
        self._plan = list(replies)

    def reply_to(self, request: Received) -> Reply:
        """Keep a request and return its reply."""
        self.received.append(request)
        if request.path.endswith("/stop"):
            return self.stop_reply
        return self._plan.pop(0) if self._plan else Reply(status=599)


class _ThreadingServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    dify: DifyServer

    def do_POST(self) -> None:
        """Answer one request."""
        content = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.dify.reply_to(Received(self.path, headers, json.loads(content)))
        try:
            self._send(reply)
        except OSError:  # the client has left
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        if reply.content_type is not None:
            self.send_header("content-type", reply.content_type)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for chunk in filter(None, reply.chunks):
            time.sleep(reply.pause)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        time.sleep(reply.silence)
        if reply.lost:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
