"""One process serves every app: no call of one may hurt a call of another."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from fakes.dify_daemon.session import Session
from tests.wire.raw_server import (
    HELD_OPEN,
    LAST_CHUNK,
    Received,
    chunk,
    completion,
    event,
    open_call,
    raw_server,
    streamed,
    whole,
)

ROOT = Path(__file__).parents[2]
WHOLE = LLMOptions(stream=False)
END = b"[DONE]"
GOOD = streamed(chunk("Hello"), chunk("", "stop"), END)
BEGUN = streamed(chunk("Hel"), ended=False)
# What breaks a stream after a part of the answer. The server then goes on as if nothing happened.
BROKEN: dict[str, tuple[bytes, str]] = {
    "odd": (b'{"choices": [{"delta": {"content": {}}}]}', "InvokeServerUnavailableError"),
    "error": (
        b'{"error": {"message": "boom", "code": "server_error"}}',
        "InvokeServerUnavailableError",
    ),
    "no-json": (b"{not json", "InvokeServerUnavailableError"),
}


def broken(kind: str) -> Sequence[bytes | float]:
    """Return an answer that breaks and whose connection stays open."""
    return [BEGUN, 0.01, event(BROKEN[kind][0]), 0.01, event(chunk("lo")), HELD_OPEN]


@pytest.fixture(scope="module")
def own_plugin() -> Iterator[PluginProcess]:
    """A process of which these tests alone use connections, each test those to its own server."""
    with PluginProcess(ROOT) as process:
        yield process
        assert not process.noise
        assert not process.errors


def outcome(session: Session) -> str:
    """Return the text of an answer, or the class of its failure."""
    try:
        return read_llm_answer(session).text
    except PluginError as error:
        return error.error_type


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait until a condition holds, or the time is up."""
    limit = time.monotonic() + seconds
    while not condition() and time.monotonic() < limit:
        time.sleep(0.01)


def settled(count: int, target: ModelTarget, plugin: PluginProcess) -> list[str]:
    """Make so many calls at once and return what became of each."""
    sessions = [open_call(plugin, target) for _ in range(count)]
    return [outcome(session) for session in sessions]


def test_broken_streams_among_others_stop_nobody(own_plugin: PluginProcess) -> None:
    generator = random.Random(7)
    texts = [event(chunk("lo ")) for _ in range(20)]
    ending = [event(chunk("", "stop")), event(END), LAST_CHUNK]
    outcomes: list[str] = []

    def answer(_: Received) -> Sequence[bytes | float]:
        if generator.random() >= 0.3:
            return [BEGUN, *texts, *ending]
        broken_off = BROKEN[generator.choice(list(BROKEN))][0]
        return [BEGUN, event(broken_off) + event(chunk("lo")), *generator.choice(([], ending))]

    def calls_in_turn() -> None:
        for _ in range(20):
            outcomes.append(outcome(open_call(own_plugin, server.target())))

    with raw_server(answer) as server:
        callers = [threading.Thread(target=calls_in_turn, daemon=True) for _ in range(24)]
        for caller in callers:
            caller.start()
        wait_until(lambda: len(outcomes) == 24 * 20, seconds=60)
        assert len(outcomes) == 24 * 20
        assert set(outcomes) == {"Hel" + "lo " * 20, "InvokeServerUnavailableError"}


@pytest.mark.parametrize("kind", list(BROKEN))
def test_a_failed_stream_leaves_no_connection_open(own_plugin: PluginProcess, kind: str) -> None:
    with raw_server(lambda _: broken(kind)) as server:
        for _ in range(8):
            assert settled(5, server.target(), own_plugin) == [BROKEN[kind][1]] * 5
            wait_until(lambda: server.open_connections == 0)
            assert server.open_connections == 0


def test_a_burst_of_streams_takes_no_place_for_good(own_plugin: PluginProcess) -> None:
    generator = random.Random(11)

    def slow_to_end(_: Received) -> Sequence[bytes | float]:
        unended = [streamed(chunk("Hello"), chunk("", "stop"), END, ended=False)]
        return [*unended, generator.uniform(0.9, 1.1), LAST_CHUNK]

    def held_until_all_are_there(_: Received) -> Sequence[bytes | float]:
        together.wait(20)
        return [GOOD]

    together = threading.Event()
    with raw_server(slow_to_end) as server:
        assert settled(150, server.target(), own_plugin) == ["Hello"] * 150
        server.answer = held_until_all_are_there
        sessions = [open_call(own_plugin, server.target()) for _ in range(200)]
        wait_until(lambda: len(server.received) == 350, seconds=15)
        at_once = len(server.received) - 150
        together.set()
        assert [outcome(session) for session in sessions] == ["Hello"] * 200
        assert at_once == 200


def test_what_follows_an_answer_is_never_the_next_callers(own_plugin: PluginProcess) -> None:
    stray = whole(completion("of somebody else"))
    answers = iter(
        [GOOD + stray, GOOD, whole(completion("whole")) + stray, whole(completion("mine"))]
    )
    with raw_server(lambda _: [next(answers)]) as server:
        target = server.target()
        texts = [
            read_llm_answer(open_call(own_plugin, target)).text,
            read_llm_answer(open_call(own_plugin, target)).text,
            read_llm_answer(open_call(own_plugin, target, WHOLE)).text,
            read_llm_answer(open_call(own_plugin, target, WHOLE)).text,
        ]
        assert texts == ["Hello", "Hello", "whole", "mine"]
        connections = [request.connection for request in server.received]
        assert connections == [1, 2, 2, 3]


def test_cookies_are_not_kept_for_the_next_app(own_plugin: PluginProcess) -> None:
    with raw_server(
        lambda _: [whole(completion("ok"), headers=b"Set-Cookie: session=of-one-app; Path=/\r\n")]
    ) as server:
        for _ in range(3):
            read_llm_answer(open_call(own_plugin, server.target(), WHOLE))
        assert not [request for request in server.received if b"cookie" in request.headers.lower()]
