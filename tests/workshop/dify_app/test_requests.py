"""What a request must have, and what a conversation remembers of those before."""

import uuid
from typing import Any

import httpx2
import pytest

from fakes.dify_app.apps import Conversation, DifyApp, Mode
from fakes.dify_app.server import DifyServer
from tests.workshop.dify_app.client import body_of, chat_with, error_of, send, turn_of

COUNT = "how many messages have I sent?"


@pytest.mark.parametrize("key", ["Bearer app-0123-secret", "Basic app-me", ""])
def test_an_unknown_key_is_refused_and_not_quoted(server: DifyServer, key: str) -> None:
    headers = {"authorization": key}
    response = httpx2.post(f"{server.url}/v1/chat-messages", json=body_of(), headers=headers)
    assert error_of(response) == (401, "unauthorized", "Access token is invalid")


@pytest.mark.parametrize(
    ("fields", "code", "problem"),
    [
        ({"user": ..., "query": ...}, "invalid_param", "user"),
        ({"user": "", "inputs": ...}, "invalid_param", "user"),
        ({"inputs": ...}, "invalid_param", "inputs"),
        ({"inputs": []}, "invalid_param", "inputs"),
        ({"query": ...}, "invalid_param", "query"),
        ({"query": ""}, "invalid_param", "query"),
        ({"query": 7}, "invalid_param", "query"),
        ({"conversation_id": "abc"}, "invalid_param", "conversation_id"),
        ({"conversation_id": 7}, "invalid_param", "conversation_id"),
        ({"response_mode": "blocking"}, "bad_request", "blocking"),
        ({"response_mode": ...}, "bad_request", "blocking"),
    ],
)
def test_a_wrong_body_is_refused_and_leaves_no_turn(
    app: DifyApp, fields: dict[str, Any], code: str, problem: str
) -> None:
    same = {"conversation_id": turn_of(app).conversation}
    status, found, message = error_of(chat_with(app, **(same | fields)))
    assert (status, found) == (400, code)
    assert problem in message
    assert turn_of(app, COUNT, **same).answer == "You have sent 2 messages."


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_body_is_a_json_object(chat: DifyApp, content: bytes) -> None:
    refused = send(chat, "POST", "chat-messages", content=content)
    assert error_of(refused)[:2] == (400, "bad_request")


def test_a_path_that_is_not_served_is_not_found(chat: DifyApp) -> None:
    for method, path in (("GET", "chat-messages"), ("GET", "messages"), ("POST", "x")):
        assert error_of(send(chat, method, path))[:2] == (404, "not_found")


def test_required_inputs_are_demanded(server: DifyServer) -> None:
    app = server.serve(DifyApp(required_inputs=("city",)))
    refused = (400, "invalid_param", "city is required in input form")
    assert error_of(chat_with(app)) == refused
    turn = turn_of(app, "what is the input city?", inputs={"city": "Bern"})
    assert turn.answer == "The input city is Bern."


@pytest.mark.parametrize("identifier", [..., None, "", " "])
def test_an_answer_proves_what_its_conversation_remembers(app: DifyApp, identifier: object) -> None:
    first = turn_of(app, "remember: my code is 4711", conversation_id=identifier)
    same = {"conversation_id": first.conversation}
    assert turn_of(app, "Please remember: my code is 4712.", **same).conversation in same.values()
    assert turn_of(app, "So, what is my code?", **same).answer == "Your code is 4712."
    assert turn_of(app, COUNT, **same).answer == "You have sent 4 messages."
    assert turn_of(app, "what is my code?").answer == "I do not know your code."


def test_a_transcript_in_one_query_can_be_asked_about(chat: DifyApp) -> None:
    query = 'Earlier: "remember: my code is 4711"\nassistant: noted\nNow: what is my code?'
    assert turn_of(chat, query).answer == "Your code is 4711."


def test_a_conversation_exists_for_its_user_and_its_app_until_it_is_deleted(
    server: DifyServer, chat: DifyApp
) -> None:
    gone = (404, "not_found", "Conversation Not Exists.")
    same = {"conversation_id": turn_of(chat).conversation}
    path = f"conversations/{same['conversation_id']}"
    assert error_of(chat_with(chat, user="bob", **same)) == gone
    assert error_of(chat_with(server.serve(DifyApp()), **same)) == gone
    assert error_of(send(chat, "DELETE", path, json={"user": "bob"})) == gone
    deleted = send(chat, "DELETE", path, json={"user": "ann"})
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert error_of(chat_with(chat, **same)) == gone


def test_an_end_user_is_resolved_to_the_user_that_was_sent_by_its_app_alone(
    server: DifyServer,
) -> None:
    one, other = server.serve(DifyApp(Mode.ADVANCED_CHAT)), server.serve(DifyApp())
    identifier = turn_of(one).events[-1]["data"]["created_by"]["id"]
    assert turn_of(one).events[-1]["data"]["created_by"] == {"id": identifier, "user": "ann"}
    found = send(one, "GET", f"end-users/{identifier}").json()
    assert (found["id"], found["app_id"]) == (identifier, one.id)
    assert found["session_id"] == found["external_user_id"] == "ann"
    for app, wanted in ((other, identifier), (one, str(uuid.uuid4()))):
        assert error_of(send(app, "GET", f"end-users/{wanted}"))[:2] == (404, "end_user_not_found")


def test_an_app_may_ask_a_model_with_the_whole_conversation(server: DifyServer) -> None:
    def model(app: DifyApp, conversation: Conversation) -> str:
        said = [text for one in conversation.messages for text in (one.query, one.answer)]
        return "/".join([app.id, *said])

    app = server.serve(DifyApp(model=model))
    first = turn_of(app, "one")
    assert first.answer == f"{app.id}/one/"
    second = turn_of(app, "two", conversation_id=first.conversation)
    assert second.answer == f"{app.id}/one/{first.answer}/two/"


def test_what_was_asked_can_be_read(chat: DifyApp) -> None:
    chat_with(chat, "one")
    chat_with(chat, user=...)
    stopped = send(chat, "POST", "chat-messages/t/stop", json={"user": "ann"}, headers={"X-A": "b"})
    assert stopped.json() == {"result": "success"}
    assert chat.asked == [body_of("one"), body_of(user=...)]
    assert [(one.path, one.headers["x-a"]) for one in chat.stops] == [
        ("/v1/chat-messages/t/stop", "b")
    ]
    chat.plan()
    assert chat.received == []


def test_a_chatflow_takes_an_unknown_conversation_for_a_new_one(server: DifyServer) -> None:
    flow = server.serve(DifyApp(Mode.ADVANCED_CHAT))
    first = turn_of(flow, "remember: my code is 4711").conversation
    for stranger in (
        {"conversation_id": str(uuid.uuid4())},
        {"conversation_id": first, "user": "bob"},
    ):
        turn = turn_of(flow, "what is my code?", **stranger)
        assert turn.answer == "I do not know your code."
        assert turn.conversation not in stranger.values()
