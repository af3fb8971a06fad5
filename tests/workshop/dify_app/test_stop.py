"""The stop call: it ends a generation, and nothing else does."""

import json
import time
from collections.abc import Iterator

import pytest

from tests.workshop.dify_app.client import DifyClient, Turn, error_of, events_of, wait_until
from tests.workshop.dify_app.conftest import AppFactory

SLOW = "slow: 500 x 20 ms"


def first_event(pieces: Iterator[bytes]) -> bytes:
    """Return what was read up to and with the first event."""
    read = b""
    for piece in pieces:
        read += piece
        if b"data: " in read and read.endswith(b"\n\n"):
            return read
    pytest.fail("The stream had no event.")


def stopped_after_its_first_event(client: DifyClient, query: str = SLOW) -> Turn:
    """Return a turn that is stopped when its first event has arrived."""
    with client.opened(query) as pieces:
        read = first_event(pieces)
        task = events_of(read)[0]["task_id"]
        assert client.app.state()["running"] == [task]
        assert client.stop(task) == {"result": "success"}
        return Turn(events_of(read + b"".join(pieces)))


def test_a_stopped_stream_ends_early_and_in_order(app: DifyClient) -> None:
    started = time.monotonic()
    turn = stopped_after_its_first_event(app)
    assert time.monotonic() - started < 5
    assert turn.events[-1]["event"] == "message_end"
    assert len(turn.answer) < 100
    assert app.app.state()["running"] == []
    assert app.messages(turn.conversation)[0]["answer"] == turn.answer


def test_a_stopped_chatflow_says_so(new_app: AppFactory) -> None:
    turn = stopped_after_its_first_event(new_app(mode="advanced-chat"))
    assert turn.kinds[-2:] == ["workflow_finished", "message_end"]
    finished = turn.events[-2]["data"]
    assert (finished["status"], finished["error"]) == ("stopped", "Stopped by user.")


def test_a_stopped_new_agent_does_not_close_its_answer(new_app: AppFactory) -> None:
    turn = stopped_after_its_first_event(new_app(mode="agent"))
    assert turn.of("message") == []


def test_a_conversation_goes_on_after_a_stop(chat: DifyClient) -> None:
    turn = stopped_after_its_first_event(chat)
    answer = chat.turn("what was your last answer?", conversation_id=turn.conversation).answer
    assert answer == f"My last answer was: {turn.answer}"


@pytest.mark.parametrize("fault", ["hang", "silence"])
def test_a_stop_ends_what_hangs(app: DifyClient, fault: str) -> None:
    app.app.extend_plan({"fault": fault, "after": 1})
    turn = stopped_after_its_first_event(app, "say: one two three")
    assert turn.events[-1]["event"] == "message_end"
    assert app.turn("say: next").answer == "next"


def test_a_hang_pings_and_a_silence_does_not(new_app: AppFactory) -> None:
    for fault, pings in (("hang", True), ("silence", False)):
        client = new_app(ping_ms=10, plan=[{"fault": fault, "after": 1}])
        with client.opened("say: one two") as pieces:
            read = first_event(pieces)
            time.sleep(0.1)
            client.stop(events_of(read)[0]["task_id"])
            assert (b"event: ping" in b"".join(pieces)) is pings


@pytest.mark.parametrize("stranger", ["user", "app", "task"])
def test_a_stop_of_somebody_else_is_silently_ignored(
    chat: DifyClient, new_app: AppFactory, stranger: str
) -> None:
    with chat.opened(SLOW) as pieces:
        task = events_of(first_event(pieces))[0]["task_id"]
        client = new_app() if stranger == "app" else chat
        user = "bob" if stranger == "user" else "ann"
        assert client.stop("none" if stranger == "task" else task, user) == {"result": "success"}
        assert chat.app.state()["running"] == [task]
        chat.stop(task)
        assert events_of(b"".join(pieces))[-1]["event"] == "message_end"


def test_a_stop_needs_a_user(chat: DifyClient) -> None:
    refused = chat.send("POST", "/chat-messages/task/stop", json={})
    assert error_of(refused) == (400, "invalid_param", "Arg user must be provided.")


def test_a_reader_who_leaves_stops_nothing(chat: DifyClient) -> None:
    with chat.opened("slow: 20 x 10 ms") as pieces:
        conversation = events_of(first_event(pieces))[0]["conversation_id"]
    assert len(chat.app.state()["running"]) == 1
    wait_until(lambda: chat.app.state()["running"] == [])
    kept = chat.messages(conversation)[0]["answer"]
    assert kept == "".join(f"{number} " for number in range(1, 21))
    assert chat.app.journal()[0]["outcome"] == "client_left"


def test_a_stop_works_after_the_reader_has_left(chat: DifyClient) -> None:
    with chat.opened(SLOW) as pieces:
        event = events_of(first_event(pieces))[0]
    chat.stop(event["task_id"])
    wait_until(lambda: chat.app.state()["running"] == [])
    assert len(chat.messages(event["conversation_id"])[0]["answer"]) < 1000


def test_a_slow_answer_holds_up_nobody(chat: DifyClient) -> None:
    with chat.opened(SLOW) as pieces:
        task = events_of(first_event(pieces))[0]["task_id"]
        assert chat.turn("say: quick").answer == "quick"
        chat.stop(task)


def test_a_stop_call_can_fail(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "internal_server_error", "calls": "reading"})
    answer = chat.send("POST", "/chat-messages/task/stop", json={"user": "ann"})
    assert json.loads(answer.content)["code"] == "internal_server_error"
    assert chat.chat().status_code == 200
