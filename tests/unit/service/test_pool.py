"""Which connection serves the next call, and which is closed."""

from collections.abc import Iterator

import pytest

from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from models.service.streaming import read_whole
from tests.unit.endpoints import openai_at
from tests.unit.service.test_transport import open_soon
from tests.wire.raw_server import RawServer, completion, raw_server, whole

REQUEST = Request("/responses", "responses", {}, lambda _: {"input": "x"})


@pytest.fixture
def server() -> Iterator[RawServer]:
    """Answers every request."""
    with raw_server(lambda _: [whole(completion("Hi"))]) as served:
        yield served


@pytest.fixture
def endpoint(server: RawServer) -> Endpoint:
    """What the server serves, over connections of its own."""
    return openai_at(base=server.url)


def ask_at_once(endpoint: Endpoint, count: int) -> None:
    """Make so many calls of which each begins before any has ended."""
    responses = [send(endpoint, REQUEST, Deadline(5.0)) for _ in range(count)]
    for response in responses:
        # Its end gives the connection back.
        assert b"Hi" in read_whole(response.iter_raw())


def test_the_connection_that_was_used_last_serves_the_next_call(
    server: RawServer, endpoint: Endpoint
) -> None:
    ask_at_once(endpoint, 3)
    for _ in range(4):
        ask_at_once(endpoint, 1)
    assert [request.connection for request in server.received] == [1, 2, 3, 3, 3, 3, 3]
    assert server.opened == 3


def test_of_a_bursts_connections_a_hundred_are_kept(server: RawServer, endpoint: Endpoint) -> None:
    ask_at_once(endpoint, 120)
    assert open_soon(server, 100) == 100
    ask_at_once(endpoint, 100)
    assert server.opened == 120


def test_a_call_outlives_its_client_and_its_connection_does_not(
    server: RawServer, endpoint: Endpoint
) -> None:
    response = send(endpoint, REQUEST, Deadline(5.0))
    ask_at_once(endpoint, 1)
    endpoint.connection.http.close()
    assert open_soon(server, 1) == 1
    assert b"Hi" in read_whole(response.iter_raw())
    response.close()
    assert open_soon(server, 0) == 0
