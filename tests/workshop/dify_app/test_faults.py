"""Faults of the app API: each with its status, its code and its effect on the connection."""

import httpx2
import pytest

from tests.workshop.dify_app.client import CHAT_MODES, DifyClient, error_of, events_of
from tests.workshop.dify_app.conftest import AppFactory

REFUSALS = [
    ("app_unavailable", 400),
    ("agent_not_published", 400),
    ("provider_not_initialize", 400),
    ("provider_quota_exceeded", 400),
    ("model_currently_not_support", 400),
    ("completion_request_error", 400),
    ("conversation_completed", 400),
    ("unauthorized", 401),
    ("forbidden", 403),
    ("too_many_requests", 429),
    ("rate_limit_error", 429),
    ("internal_server_error", 500),
]


@pytest.mark.parametrize(("fault", "status"), REFUSALS)
def test_a_refusing_fault(chat: DifyClient, fault: str, status: int) -> None:
    chat.app.extend_plan({"fault": fault})
    refused = chat.chat()
    assert error_of(refused)[:2] == (status, fault)
    assert "retry-after" not in refused.headers
    assert chat.chat().status_code == 200


def test_a_refusal_can_say_when_to_come_back(chat: DifyClient) -> None:
    chat.app.extend_plan(
        {"fault": "too_many_requests", "retry_after": 0.5},
        {"fault": "service_unavailable", "retry_after": 2, "status": 502, "text": "Bad gateway"},
    )
    assert chat.chat().headers["retry-after"] == "0.5"
    second = chat.chat()
    assert (second.status_code, second.text) == (502, "Bad gateway")
    assert second.headers["retry-after"] == "2"


def test_a_refusing_fault_comes_before_the_rules_and_leaves_no_turn(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "app_unavailable"})
    assert error_of(chat.chat(user=...))[1] == "app_unavailable"
    chat.app.extend_plan({"fault": "app_unavailable"})
    chat.chat()
    listed = chat.send("GET", "/conversations", params={"user": "ann"})
    assert listed.json()["data"] == []


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("html", 200, "text/html; charset=utf-8"),
        ("json", 200, "application/json"),
        ("service_unavailable", 503, "text/plain"),
    ],
)
def test_a_proxy_answers_instead(chat: DifyClient, fault: str, status: int, kind: str) -> None:
    chat.app.extend_plan({"fault": fault})
    response = chat.chat()
    assert (response.status_code, response.headers["content-type"]) == (status, kind)


def test_a_raw_answer_is_anything(chat: DifyClient) -> None:
    chat.app.extend_plan({"raw": {"status": 418, "headers": {"X-A": "b"}, "body": "tea"}})
    response = chat.chat()
    assert (response.status_code, response.headers["x-a"], response.text) == (418, "b", "tea")


def test_a_disconnect_sends_nothing(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "disconnect"})
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        chat.chat()
    assert chat.app.journal()[-1]["outcome"] == "disconnect"


def test_a_timeout_lasts_until_the_reader_goes(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "timeout"})
    with pytest.raises(httpx2.ReadTimeout):
        chat.send("POST", "/chat-messages", json={}, timeout=0.1)
    assert chat.app.journal()[-1]["outcome"] == "silence"
    assert chat.chat().status_code == 200


@pytest.mark.parametrize("after", [0, 2])
def test_a_cut_stream_has_no_end(app: DifyClient, after: int) -> None:
    app.app.extend_plan({"fault": "cut", "after": after})
    received: list[bytes] = []
    with (
        app.opened("say: one two three") as pieces,
        pytest.raises(httpx2.RemoteProtocolError, match="closed"),
    ):
        received.extend(pieces)
    events = events_of(b"".join(received))
    assert len(events) == after
    assert {event["event"] for event in events}.isdisjoint({"message_end", "workflow_finished"})
    assert app.app.journal()[-1]["outcome"] == "cut"


def test_a_cut_connection_loses_no_answer(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "cut", "after": 1})
    with chat.opened("say: one two") as pieces:
        event = events_of(next(pieces))[0]
    assert chat.messages(event["conversation_id"])[0]["answer"] == "one two"
    turn = chat.turn("how many messages have I sent?", conversation_id=event["conversation_id"])
    assert turn.answer == "You have sent 2 messages."


@pytest.mark.parametrize("mode", CHAT_MODES)
def test_a_model_fails_in_the_middle(new_app: AppFactory, mode: str) -> None:
    fault = {"fault": "error_event", "after": 4, "text": "Upstream is gone."}
    client = new_app(mode=mode, plan=[fault])
    turn = client.turn("say: one two three four five")
    error = turn.events[-1]
    assert (error["event"], error["status"]) == ("error", 400)
    assert "task_id" not in error
    assert "message_end" not in turn.kinds
    if mode == "advanced-chat":
        assert (error["code"], error["message"]) == (
            "invalid_param",
            "Run failed: Upstream is gone.",
        )
        finished = turn.of("workflow_finished")[0]["data"]
        assert (finished["status"], finished["error"]) == ("failed", "Upstream is gone.")
        assert turn.of("node_finished")[-1]["data"]["status"] == "failed"
    else:
        assert (error["code"], error["message"]) == (
            "completion_request_error",
            "Upstream is gone.",
        )
    kept = client.messages(turn.conversation)[0]
    assert (kept["query"], kept["status"]) == ("say: one two three four five", "error")


def test_a_blocking_answer_breaks_too(chat: DifyClient) -> None:
    chat.app.extend_plan({"fault": "error_event", "after": 1}, {"fault": "cut"})
    failed = chat.chat(response_mode="blocking")
    assert error_of(failed) == (400, "completion_request_error", "Completion request failed.")
    with pytest.raises(httpx2.RemoteProtocolError, match="closed"):
        chat.chat(response_mode="blocking")
