"""A server whose every byte a test decides: what no honest service does, but a broken one may."""

import re
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, override

from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session
from tests.wire.ends import APP

# A piece of an answer that never comes to an end.
HELD_OPEN = float("inf")
# A piece after which the connection is closed.
CLOSED = -1.0
LAST_CHUNK = b"0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Received:
    """A request: its path, its headers as they came, its body; and which connection brought it."""

    path: str
    headers: bytes
    body: bytes
    connection: int


@dataclass
class RawServer:
    """Answers each request with the pieces of `answer`: bytes, pauses in seconds, HELD_OPEN,
    CLOSED.

    `opened` and `closed` count connections, `received` keeps the requests in order.
    """

    answer: Callable[[Received], Iterable[bytes | float]]
    url: str = ""
    opened: int = 0
    closed: int = 0
    received: list[Received] = field(default_factory=list)

    @property
    def open_connections(self) -> int:
        """The connections that nobody has closed."""
        return self.opened - self.closed

    def target(self, *, protocol: str = "chat", **credentials: str) -> ModelTarget:
        """Return a model behind this server."""
        return ModelTarget(
            provider="openai",
            model="gpt-4o-mini",
            credentials={
                "openai_api_key": "sk-of-a-test-0123456789",
                "openai_api_base": self.url,
                "api_protocol": protocol,
                **credentials,
            },
        )


class _Handler(StreamRequestHandler):
    """One connection of a RawServer."""

    server: "_Server"

    @override
    def handle(self) -> None:
        served = self.server.served
        with self.server.lock:
            served.opened += 1
            connection = served.opened
        try:
            while (request := self._request(connection)) is not None:
                served.received.append(request)
                for piece in served.answer(request):
                    if piece == CLOSED:
                        return
                    self._send(piece)
        except OSError:
            pass
        finally:
            with self.server.lock:
                served.closed += 1

    def _send(self, piece: bytes | float) -> None:
        if isinstance(piece, bytes):
            self.wfile.write(piece)
        elif piece == HELD_OPEN:
            # Until the other side closes; or sends its next request, which is not answered.
            self.rfile.read(1)
        else:
            time.sleep(piece)

    def _request(self, connection: int) -> Received | None:
        line = self.rfile.readline()
        if not line:
            return None
        headers = b""
        while (header := self.rfile.readline()) not in {b"\r\n", b""}:
            headers += header
        length = re.search(rb"(?i)content-length: *(\d+)", headers)
        body = self.rfile.read(int(length[1])) if length else b""
        return Received(line.split()[1].decode(), headers, body, connection)


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 2048

    def __init__(self, served: RawServer, tls: ssl.SSLContext | None) -> None:
        self.served = served
        self.lock = threading.Lock()
        self._tls = tls
        super().__init__(("127.0.0.1", 0), _Handler)

    @override
    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        with self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


@contextmanager
def raw_server(
    answer: Callable[[Received], Iterable[bytes | float]], *, tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """Run a server on loopback for the body of a `with` block. With `tls`, bytes are a record."""
    served = RawServer(answer)
    with _Server(served, tls) as server:
        scheme = "http" if tls is None else "https"
        served.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/v1"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()


def whole(body: bytes, *, status: str = "200 OK", headers: bytes = b"") -> bytes:
    """Return a JSON answer in one piece."""
    return (
        b"HTTP/1.1 "
        + status.encode()
        + b"\r\nContent-Type: application/json\r\n"
        + headers
        + b"Content-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


def streamed(*events: bytes, ended: bool = True) -> bytes:
    """Return a chunked event stream with the data of these events, `ended` by the last chunk."""
    return (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(map(event, events))
        + (LAST_CHUNK if ended else b"")
    )


def event(data: bytes) -> bytes:
    """Return a server-sent event as a chunk of a body (RFC 9112, section 7.1)."""
    content = b"data: " + data + b"\n\n"
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def bomb(content: bytes) -> tuple[bytes, bytes]:
    """Return the beginning of a gzip body, and what makes it longer by this content each time."""
    packing = zlib.compressobj(9, wbits=31)
    begun, more = (packing.compress(content) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return begun, more


def completion(text: str) -> bytes:
    """Return a whole chat completion that says `text`."""
    return (
        b'{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"'
        + text.encode()
        + b'"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}'
    )


def chunk(text: str, finish: str | None = None) -> bytes:
    """Return a chunk of a streamed chat completion."""
    reason = b"null" if finish is None else f'"{finish}"'.encode()
    return (
        b'{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"'
        + text.encode()
        + b'"},"finish_reason":'
        + reason
        + b"}]}"
    )


def open_call(
    plugin: PluginProcess,
    target: ModelTarget,
    options: LLMOptions | None = None,
    *,
    prompt: str = "Hello?",
) -> Session:
    """Ask a model, on behalf of an app."""
    return plugin.open_session(invoke_llm(target, [user_message(prompt)], options), app_id=APP)
