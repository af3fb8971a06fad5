"""The process opens no more connections than it has descriptors for, and who is too many waits."""

import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import gevent
import httpx2
import pytest

from models.failures.failure import Kind, ServiceError
from models.service import idle, transport
from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from models.service.places import Places
from models.service.streaming import read_whole
from tests.unit.endpoints import openai_at
from tests.unit.service.test_transport import open_soon
from tests.wire.raw_server import (
    HELD_OPEN,
    RawServer,
    Received,
    chunk,
    completion,
    raw_server,
    streamed,
    whole,
)
from tests.wire.sign_in_server import sign_in_server

ROOT = Path(__file__).parents[3]
REQUEST = Request("/responses", "responses", {}, lambda _: {"input": "x"})


def opened(endpoint: Endpoint, seconds: float = 5.0) -> httpx2.Response:
    """Ask for an answer and leave its response open."""
    return send(endpoint, REQUEST, Deadline(seconds))


def asked(endpoint: Endpoint) -> bytes:
    """Ask for an answer and read it to its end."""
    deadline = Deadline(5.0)
    with closing(send(endpoint, REQUEST, deadline)) as response:
        return read_whole(response.iter_raw())


@pytest.fixture
def one_place(monkeypatch: pytest.MonkeyPatch) -> Places:
    """Room for a single connection."""
    places = Places(1, idle.close_all_idle)
    monkeypatch.setattr(transport, "_places", places)
    return places


@pytest.fixture
def server() -> Iterator[RawServer]:
    """Answers at once, but a credential called `held` only in part."""

    def answer(request: Received) -> Sequence[bytes | float]:
        if b"Bearer held" in request.headers:
            return [streamed(chunk("x"), ended=False), HELD_OPEN]
        return [whole(completion("Hi"))]

    with raw_server(answer) as served:
        yield served


@pytest.mark.usefixtures("one_place")
def test_a_call_without_a_connection_says_that_other_calls_have_them(server: RawServer) -> None:
    with (
        closing(opened(openai_at(base=server.url, openai_api_key="held"))),
        pytest.raises(ServiceError) as raised,
    ):
        opened(openai_at(base=server.url, openai_api_key="other"), 0.2)
    failure = raised.value
    assert (failure.kind, failure.retryable) == (Kind.SERVER, False)
    assert failure.said.message.startswith("no connection was free within 0 s: other calls use")
    assert "limit of open files" in failure.advice
    assert len(server.received) == 1


@pytest.mark.usefixtures("one_place")
def test_a_call_that_waits_goes_on_with_the_next_place(server: RawServer) -> None:
    held = opened(openai_at(base=server.url, openai_api_key="held"))
    waiting = gevent.spawn(asked, openai_at(base=server.url, openai_api_key="other"))
    gevent.sleep(0.05)
    assert len(server.received) == 1
    held.close()
    assert b"Hi" in waiting.get(timeout=5)


@pytest.mark.usefixtures("one_place")
def test_idle_connections_of_other_credentials_make_room(server: RawServer) -> None:
    for _ in range(2):
        for key in ("one", "two"):
            assert b"Hi" in asked(openai_at(base=server.url, openai_api_key=key))
    assert server.opened == 4
    # Nobody waits, so the last one is kept.
    asked(openai_at(base=server.url, openai_api_key="two"))
    assert server.opened == 4


@pytest.mark.usefixtures("one_place")
def test_a_connection_that_ends_while_another_call_waits_is_not_kept(server: RawServer) -> None:
    many = [openai_at(base=server.url, openai_api_key=f"key-{number % 4}") for number in range(40)]
    calls = [gevent.spawn(asked, endpoint) for endpoint in many]
    assert all(b"Hi" in call.get(timeout=20) for call in calls)


@pytest.mark.usefixtures("one_place")
def test_no_failed_connection_takes_a_place_for_good(tmp_path: Path, server: RawServer) -> None:
    with sign_in_server(tmp_path, secret="s", token="t") as proxy:
        for endpoint in (
            openai_at(base="http://127.0.0.1:9"),
            openai_at(base="http://host.invalid"),
            # Its certificate is not trusted; nor is TLS spoken at all.
            openai_at(base="https://login.microsoftonline.com/x", proxy_url=proxy.url),
            openai_at(base=server.url.replace("http:", "https:")),
        ):
            for _ in range(2):
                with pytest.raises(ServiceError) as raised:
                    opened(endpoint, 2.0)
                assert raised.value.kind is Kind.CONNECTION
    assert b"Hi" in asked(openai_at(base=server.url))


def test_what_is_idle_for_long_is_closed_though_nobody_uses_the_pool(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idle, "_SWEEP_SECONDS", 0.02)
    monkeypatch.setattr(transport, "_LIMITS", httpx2.Limits(keepalive_expiry=0.05))
    endpoints = [openai_at(base=server.url, openai_api_key=f"swept-{n}") for n in range(3)]
    for endpoint in endpoints:
        asked(endpoint)
    sweeper = gevent.spawn(idle._sweep)
    try:
        for _ in range(100):
            if server.closed == 3:
                break
            gevent.sleep(0.02)
        assert open_soon(server, 0) == 0
    finally:
        sweeper.kill()


@pytest.mark.parametrize(
    ("soft", "hard", "fits", "after"),
    [
        (1024, resource.RLIM_INFINITY, 2048, 2176),
        (1024, 1024, 896, 1024),
        (200, 200, 100, 200),
        (256, 512, 384, 512),
        (4096, 4096, 2048, 4096),
    ],
)
def test_the_room_is_what_the_processes_limit_leaves(
    soft: int, hard: int, fits: int, after: int
) -> None:
    own = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    hard = own if hard == resource.RLIM_INFINITY else hard
    script = (
        "import resource as r\n"
        f"r.setrlimit(r.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "from models.service.places import room\n"
        "print(room(), r.getrlimit(r.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(fits), str(after)]
