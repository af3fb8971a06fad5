"""A stream is bounded by the deadline, and its connection is closed however it ends."""

import socket
from collections.abc import Iterator
from threading import Thread

import httpx2
import pytest

from models.endpoints import openai_endpoint
from models.endpoints.deadline import Deadline
from models.errors import ServiceError
from models.llm.byte_stream import response_bytes

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 100\r\n\r\n"


@pytest.fixture
def stalling_server() -> Iterator[tuple[str, list[bytes]]]:
    """A server that begins an answer, then waits; the list gets what it reads after that."""
    after: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(HEAD + b"data: begun")
                after.append(connection.recv(65536))

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/v1", after
        thread.join(timeout=5)
        assert not thread.is_alive()


def open_response(url: str) -> httpx2.Response:
    credentials = {"openai_api_key": "key", "openai_api_base": url}
    endpoint = openai_endpoint.from_credentials("m", credentials)
    return endpoint.post("/responses", {"stream": True}, {}, Deadline())


def test_a_stream_that_stalls_ends_at_the_deadline_and_is_closed(
    stalling_server: tuple[str, list[bytes]],
) -> None:
    url, _ = stalling_server
    response = open_response(url)
    pieces = response_bytes(response, Deadline(0.3))
    assert next(pieces) == b"data: begun"
    with pytest.raises(ServiceError) as raised:
        next(pieces)
    assert "the plugin's limit for one call" in raised.value.said.message
    assert response.is_closed


def test_a_reader_who_leaves_closes_the_connection(
    stalling_server: tuple[str, list[bytes]],
) -> None:
    url, after = stalling_server
    response = open_response(url)
    pieces = response_bytes(response, Deadline())
    assert isinstance(pieces, Iterator)
    next(pieces)
    del pieces
    assert response.is_closed
    assert after in ([], [b""])
