"""Planned replies byte for byte, and what the stop call ends."""

import time

import httpx2
import pytest

from fakes.dify_app.apps import DifyApp, Hang, Mode
from fakes.dify_app.replies import Refusal, Reply
from fakes.dify_app.server import DifyServer
from tests.workshop.dify_app.client import Turn, chat_with, error_of, opened, send, stop, turn_of

STREAM = (
    'event: ping\n\ndata: {"event": "message", "answer": "旧\u2028答"}\r\n\r\n: note\n\nx'.encode()
)


def running_task(app: DifyApp) -> str:
    """Return the id of the only running task."""
    (task,) = app.running
    return task


def wait_until_nothing_runs(app: DifyApp) -> None:
    """Return when the app has no running task; fail after some seconds."""
    for _ in range(500):
        if not app.running:
            return
        time.sleep(0.01)
    pytest.fail(f"{list(app.running)} runs on.")


@pytest.mark.parametrize("size", [1, 7, len(STREAM)])
def test_a_planned_reply_is_sent_byte_for_byte_before_the_rules(app: DifyApp, size: int) -> None:
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    app.plan(Reply(pieces), Reply(status=418, content_type=None, headers={"x-a": "b"}))
    with opened(app) as received:
        assert list(received) == pieces
    second = chat_with(app, user=...)
    assert (second.status_code, second.headers["x-a"], second.content) == (418, "b", b"")
    assert "content-type" not in second.headers
    assert turn_of(app, "how many messages have I sent?").answer == "You have sent 1 message."


def test_a_refusal_can_be_planned_with_the_headers_of_a_gateway(chat: DifyApp) -> None:
    chat.plan(Refusal(429, "too_many_requests", "Later.").to_reply(retry_after="2"))
    refused = chat_with(chat)
    assert error_of(refused) == (429, "too_many_requests", "Later.")
    assert refused.headers["retry-after"] == "2"


def test_a_lost_reply_has_no_end(chat: DifyApp) -> None:
    chat.plan(Reply([STREAM], lost=True))
    received: list[bytes] = []
    with opened(chat) as pieces, pytest.raises(httpx2.RemoteProtocolError, match="closed"):
        received.extend(pieces)
    assert received == [STREAM]


def test_a_stop_ends_what_hangs_as_its_mode_does(app: DifyApp) -> None:
    app.plan(Hang(after=2))
    with opened(app, "say: one two three") as pieces:
        read = [next(pieces)]
        task = running_task(app)
        time.sleep(0.05)
        stop(app, task)
        turn = Turn(b"".join([*read, *pieces]))
    assert turn.content.count(b"event: ping") > (app.mode is Mode.ADVANCED_CHAT)
    assert {event["task_id"] for event in turn.events} == {task}
    if app.mode is Mode.ADVANCED_CHAT:
        assert turn.kinds[-1] == "workflow_finished"
        assert "message_end" not in turn.kinds
        assert turn.events[-1]["data"]["error"] == "Stopped by user."
    else:
        assert turn.kinds[-1] == "message_end"
        assert turn.events[-1]["metadata"]["usage"]["completion_tokens"] == 0
        assert turn.answer in ("one", "one two")
    assert turn_of(app, "say: next", conversation_id=turn.conversation).answer == "next"


@pytest.mark.parametrize("stranger", ["user", "app", "task"])
def test_a_stop_of_somebody_else_is_silently_ignored(
    server: DifyServer, chat: DifyApp, stranger: str
) -> None:
    chat.plan(Hang(1))
    with opened(chat) as pieces:
        next(pieces)
        task = running_task(chat)
        other = server.serve(DifyApp()) if stranger == "app" else chat
        user = "bob" if stranger == "user" else "ann"
        stop(other, "none" if stranger == "task" else task, user)
        assert not chat.running[task].stopped.is_set()
        stop(chat, task)
        assert Turn(b"".join(pieces)).kinds == ["message_end"]


def test_a_stop_call_can_fail(chat: DifyApp) -> None:
    chat.stop_reply = Reply(status=500)
    refused = send(chat, "POST", "chat-messages/task/stop", json={"user": "ann"})
    assert refused.status_code == 500


def test_a_run_goes_on_when_its_reader_leaves_until_it_is_stopped(chat: DifyApp) -> None:
    chat.ping_seconds = 0.01
    chat.plan(Hang(1))
    with opened(chat) as pieces:
        next(pieces)
    time.sleep(0.1)
    task = running_task(chat)
    assert turn_of(chat, "say: quick").answer == "quick"
    stop(chat, task)
    wait_until_nothing_runs(chat)
