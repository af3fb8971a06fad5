"""A service at the socket that gives the same bytes to every request, whatever they are."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from socket import SHUT_RDWR, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread

CHAT_COMPLETION = (
    b'{"id":"c","model":"m","choices":[{"index":0,"finish_reason":"stop",'
    b'"message":{"role":"assistant","content":"Hi"}}]}'
)
CHAT_STREAM = (
    b'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\n'
    b'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
    b"data: [DONE]\n\n"
)


class AnsweringServer(ThreadingTCPServer):
    """Keeps its connections open; has the requests as text, and one socket per connection."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.answer = answer
        self.requests: list[str] = []
        self.connections: list[socket] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Connection(StreamRequestHandler):
    server: AnsweringServer

    def handle(self) -> None:
        self.server.connections.append(self.connection)
        # A socket that is shut down is an error to gevent's greenlet that waits for it.
        with suppress(OSError):
            self._answer_all()

    def _answer_all(self) -> None:
        while head := [*takewhile(bytes.strip, iter(self.rfile.readline, b""))]:
            lengths = [line[15:] for line in head if line.lower().startswith(b"content-length:")]
            body = self.rfile.read(int(lengths[0]))
            self.server.requests.append(b"".join([*head, b"\r\n", body]).decode())
            self.connection.sendall(self.server.answer)


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole response."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode() + body


@contextmanager
def answering(answer: bytes) -> Iterator[AnsweringServer]:
    """Run a server; b"" is a service that never says a word."""
    with AnsweringServer(answer) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
            for connection in server.connections:
                if connection.fileno() >= 0:
                    connection.shutdown(SHUT_RDWR)
