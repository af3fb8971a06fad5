"""Sockets keep to a call's deadline and leave nothing behind for the next call."""

import gc
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import gevent
import httpx2
import pytest
from dify_plugin.errors.model import InvokeError

from models.failures.failure import Kind, ServiceError
from models.llm.generate import generate
from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from models.service.streaming import read_to_end
from tests.plain_call import plain_call
from tests.unit.endpoints import openai_at
from tests.wire.raw_server import (
    CLOSED,
    HELD_OPEN,
    LAST_CHUNK,
    RawServer,
    chunk,
    completion,
    raw_server,
    streamed,
    whole,
)
from tests.wire.sign_in_server import HOST, sign_in_server


def read(endpoint: Endpoint, content: str = "", deadline: Deadline | None = None) -> bytes:
    """Ask for an answer and read it to its end."""
    deadline = deadline or Deadline(5.0)
    request = Request("/responses", "responses", {}, lambda _: {"input": content})
    with closing(send(endpoint, request, deadline)) as response:
        answer = b"".join(response.iter_raw())
        read_to_end(iter(()), deadline)
        return answer


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
def test_five_calls_need_one_connection(stream: bool) -> None:
    answer = (
        streamed(chunk("Hi"), chunk("", "stop"), b"[DONE]") if stream else whole(completion("Hi"))
    )
    with raw_server(lambda _: [answer]) as server:
        endpoint = openai_at(base=server.url, api_protocol="chat")
        for _ in range(5):
            assert list(generate(plain_call({}, stream=stream), endpoint))
    assert [request.connection for request in server.received] == [1] * 5


@pytest.mark.parametrize(
    "stray", [[whole(b"of somebody else")], [b"x"], [0.02, whole(b"of somebody else")]]
)
@pytest.mark.parametrize("first", [whole(b"mine"), streamed(b"mine")], ids=["whole", "stream"])
def test_bytes_after_an_answer_are_never_the_next_answer(
    first: bytes, stray: Sequence[bytes | float]
) -> None:
    def answer(request: object) -> Sequence[bytes | float]:
        del request
        joined = isinstance(stray[0], bytes)
        pieces = [first + stray[0]] if joined else [first, *stray]  # type: ignore[operator]
        return pieces if len(server.received) == 1 else [whole(b"mine")]

    with raw_server(answer) as server:
        endpoint = openai_at(base=server.url)
        assert b"mine" in read(endpoint)
        gevent.sleep(0.1)
        assert [read(endpoint) for _ in range(2)] == [b"mine"] * 2
    assert [request.connection for request in server.received] == [1, 2, 2]


@pytest.fixture
def silent() -> Iterator[Endpoint]:
    """A service whose connections are made, and nobody reads them."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield openai_at(base=f"http://127.0.0.1:{listening.getsockname()[1]}")


# A long request needs time of its own before it can be connected.
@pytest.mark.parametrize(
    ("size", "seconds"), [(1, 0.3), (20_000_000, 3.0)], ids=["reading", "writing"]
)
def test_a_service_that_says_nothing_is_left_at_the_deadline(
    silent: Endpoint, size: int, seconds: float
) -> None:
    with pytest.raises(ServiceError) as raised:
        read(silent, "x" * size, Deadline(seconds))
    failure = raised.value
    assert (failure.kind, failure.retryable) == (Kind.SERVER, False)
    assert f"the answer was not complete after {seconds:.0f} s, the limit" in failure.said.message


def test_a_request_with_large_images_is_sent_and_a_far_longer_one_is_not() -> None:
    with raw_server(lambda _: [whole(b"ok")]) as server:
        endpoint = openai_at(base=server.url)
        assert read(endpoint, "x" * 27_000_000) == b"ok"
        with pytest.raises(ServiceError) as raised:
            read(endpoint, "x" * (128 << 20))
    assert raised.value.kind is Kind.BAD_REQUEST
    assert raised.value.said.message == "the request is longer than 128 MiB and was not sent"
    assert len(server.received) == 1


def test_a_call_whose_time_is_up_waits_for_nothing(silent: Endpoint) -> None:
    with pytest.raises(ServiceError) as raised:
        read(silent, deadline=Deadline(0.0))
    assert raised.value.kind is Kind.SERVER


class Hanging:
    """A resolver of names that gives no answer."""

    def getaddrinfo(self, *names: object, **options: object) -> object:
        """Wait for longer than anybody should."""
        del names, options
        gevent.sleep(30)
        raise socket.gaierror

    def close(self) -> None:
        """Do nothing, as there is nothing to close."""


def test_a_look_up_of_a_name_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gevent.get_hub(), "resolver", Hanging())
    with pytest.raises(ServiceError) as raised:
        read(openai_at(base="http://host.example"), deadline=Deadline(0.2))
    assert raised.value.kind is Kind.CONNECTION
    said = raised.value.said.message
    assert said.startswith("no connection to http://host.example")
    assert said.endswith("(no connection within 0 s)")


def test_a_proxy_and_its_own_authority_are_used(tmp_path: Path) -> None:
    with sign_in_server(tmp_path, secret="s", token="t") as server:
        trusted = openai_at(
            base=f"https://{HOST}/tenant",
            proxy_url=server.url,
            ca_certificate=(tmp_path / "authority.pem").read_text().replace("\n", ""),
        )
        answer = trusted.connection.http.get(f"https://{HOST}/tenant/x")
        assert answer.json()["token_endpoint"] == f"https://{HOST}/tenant/oauth2/v2.0/token"
        untrusted = openai_at(base=f"https://{HOST}/tenant", proxy_url=server.url)
        with pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            untrusted.connection.http.get(f"https://{HOST}/tenant/x")


# Ways in which a stream fails or is left, all of them before its end
ERROR_FRAME = b'{"error": {"message": "no"}}'
BEGUN = streamed(chunk("Hi"), ended=False)
FAILURES: dict[str, Sequence[bytes | float]] = {
    "no JSON": [streamed(b"{", ended=False), HELD_OPEN],
    "an error frame": [streamed(chunk("x"), ERROR_FRAME, ended=False), HELD_OPEN],
    "a broken connection": [BEGUN, CLOSED],
    "a chunk that is none": [BEGUN, b"zz\r\n", HELD_OPEN],
    "an end too soon": [BEGUN, LAST_CHUNK],
    "bytes that cannot be unpacked": [
        BEGUN.replace(b"\r\n", b"\r\nContent-Encoding: gzip\r\n", 1),
        HELD_OPEN,
    ],
    "a reader who leaves": [BEGUN, HELD_OPEN],
}


def open_soon(server: RawServer, expected: int) -> int:
    """Return how many connections are open, once the server has seen those that were closed."""
    for _ in range(200):
        if server.open_connections <= expected:
            break
        time.sleep(0.01)
    return server.open_connections


def test_a_hundred_failed_streams_leave_no_connection_open_without_the_collector() -> None:
    ways = list(FAILURES)
    with raw_server(lambda _: FAILURES[ways[(len(server.received) - 1) % len(ways)]]) as server:
        endpoint = openai_at(base=server.url, api_protocol="chat", max_attempts="1")
        gc.collect()
        gc.disable()
        try:
            for number in range(100):
                answer = generate(plain_call({}), endpoint)
                if ways[number % len(ways)] == "a reader who leaves":
                    next(answer)
                    answer.close()
                    continue
                with pytest.raises(InvokeError):
                    list(answer)
            # The answer that ended too soon came to an end: its connection may be used again.
            assert open_soon(server, 1) <= 1
        finally:
            gc.enable()
    assert len(server.received) == 100
