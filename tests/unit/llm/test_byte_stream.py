"""A stream is bounded by the deadline; its connection is closed, or used again after its end."""

from collections.abc import Iterator

import httpx2
import pytest

from models.failures.failure import ServiceError
from models.llm.generate import generate
from models.service import openai as openai_endpoint
from models.service.attempts import Deadline
from models.service.endpoint import Endpoint
from models.service.streaming import response_bytes
from tests.plain_call import plain_call
from tests.unit.answering_server import (
    CHAT_COMPLETION,
    CHAT_STREAM,
    AnsweringServer,
    answering,
    response,
)

EVENTS = "content-type: text/event-stream"
STALLING = response(b"x" * 100, EVENTS)[:-100] + b"data: begun"


def endpoint_at(server: AnsweringServer) -> Endpoint:
    credentials = {"openai_api_key": "key", "openai_api_base": server.url, "api_protocol": "chat"}
    return openai_endpoint.from_credentials("gpt-4o-mini", credentials)


@pytest.fixture
def stalled() -> Iterator[httpx2.Response]:
    """A response that begins, then waits."""
    with answering(STALLING) as server:
        yield endpoint_at(server).post("/responses", {"stream": True}, {}, Deadline())
        assert len(server.requests) == 1


def test_a_stream_that_stalls_ends_at_the_deadline_and_is_closed(stalled: httpx2.Response) -> None:
    pieces = response_bytes(stalled, Deadline(0.3))
    assert next(pieces) == b"data: begun"
    with pytest.raises(ServiceError) as raised:
        next(pieces)
    assert "the plugin's limit for one call" in raised.value.said.message
    assert stalled.is_closed


def test_a_reader_who_leaves_closes_the_connection(stalled: httpx2.Response) -> None:
    pieces = response_bytes(stalled, Deadline())
    assert isinstance(pieces, Iterator)
    next(pieces)
    del pieces
    assert stalled.is_closed


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_five_calls_need_one_connection(stream: bool) -> None:
    call = plain_call({}, stream=stream)
    # A stream has no length: its end is known from the last of its chunks.
    chunked = b"HTTP/1.1 200 OK\r\n%b\r\ntransfer-encoding: chunked\r\n\r\n" % EVENTS.encode()
    stream_answer = b"%b%x\r\n%b\r\n0\r\n\r\n" % (chunked, len(CHAT_STREAM), CHAT_STREAM)
    whole_answer = response(CHAT_COMPLETION, "content-type: application/json")
    with answering(stream_answer if stream else whole_answer) as server:
        endpoint = endpoint_at(server)
        for _ in range(5):
            assert list(generate(call, endpoint))
        assert (len(server.requests), len(server.connections)) == (5, 1)
