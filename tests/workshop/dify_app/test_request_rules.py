"""What POST /chat-messages demands of a body, in Dify's words."""

from typing import Any

import pytest

from tests.workshop.dify_app.client import STREAM_ONLY, DifyClient, error_of
from tests.workshop.dify_app.conftest import AppFactory


def test_a_user_is_demanded_first(chat: DifyClient) -> None:
    for user in (..., None, ""):
        response = chat.chat(user=user, query=...)
        assert error_of(response) == (400, "invalid_param", "Arg user must be provided.")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"query": ...}, "query\n  Field required"),
        ({"inputs": ...}, "inputs\n  Field required"),
        ({"inputs": []}, "inputs\n  Input should be a valid dictionary"),
        ({"query": 7}, "query\n  Input should be a valid string"),
        ({"files": "a"}, "files\n  Input should be a valid list"),
        ({"response_mode": "stream"}, "response_mode\n  Input should be 'blocking' or"),
        ({"conversation_id": "abc"}, "conversation_id\n  Value error, conversation_id must be a"),
        ({"conversation_id": 7}, "conversation_id\n  Value error, conversation_id must be a"),
        ({"auto_generate_name": "no"}, "auto_generate_name\n  Input should be a valid boolean"),
        ({"workflow_id": 7}, "workflow_id\n  Input should be a valid string"),
    ],
)
def test_a_wrong_field_is_named(chat: DifyClient, fields: dict[str, Any], problem: str) -> None:
    status, code, message = error_of(chat.chat(**fields))
    assert (status, code) == (400, "invalid_param")
    assert message.startswith(f"1 validation error for ChatRequestPayload\n{problem}")


def test_every_wrong_field_is_named(chat: DifyClient) -> None:
    message = error_of(chat.chat(query=..., inputs=...))[2]
    assert message.startswith("2 validation errors for ChatRequestPayload\n")


def test_a_query_is_not_empty(chat: DifyClient) -> None:
    assert error_of(chat.chat("")) == (400, "invalid_param", "query is required")


@pytest.mark.parametrize("content", [b"", b"{", b"[]"])
def test_a_body_is_a_json_object(chat: DifyClient, content: bytes) -> None:
    response = chat.send("POST", "/chat-messages", content=content)
    assert error_of(response)[:2] == (400, "bad_request")


@pytest.mark.parametrize("identifier", [..., None, "", "  "])
def test_an_empty_conversation_id_begins_a_conversation(
    chat: DifyClient, identifier: object
) -> None:
    assert chat.turn("how many messages have I sent?", conversation_id=identifier).answer == (
        "You have sent 1 message."
    )


@pytest.mark.parametrize("mode", STREAM_ONLY)
@pytest.mark.parametrize("response_mode", ["blocking", None, ...])
def test_agents_only_stream(new_app: AppFactory, mode: str, response_mode: object) -> None:
    client = new_app(mode=mode)
    code = {"agent-chat": "invalid_param", "agent": "bad_request"}[mode]
    status, found, message = error_of(client.chat(response_mode=response_mode))
    assert (status, found) == (400, code)
    assert message.endswith("does not support blocking mode")
    assert client.turn().answer == "Echo: hello"


def test_required_inputs_are_demanded_on_every_turn(new_app: AppFactory) -> None:
    client = new_app(required_inputs=["city", "tier"])
    first = error_of(client.chat(inputs={"city": "Bern", "tier": ""}))
    assert first == (400, "invalid_param", "tier is required in input form")
    inputs = {"city": "Bern", "tier": "gold"}
    turn = client.turn("what is the input city?", inputs=inputs)
    assert turn.answer == "The input city is Bern."
    assert error_of(client.chat(conversation_id=turn.conversation))[2].startswith("city is")


def test_a_refused_request_leaves_no_turn(new_app: AppFactory) -> None:
    client = new_app(required_inputs=["city"])
    assert client.chat().status_code == 400
    answer = client.send("GET", "/conversations", params={"user": "ann"})
    assert answer.json()["data"] == []


def test_a_chatflow_knows_its_published_version(new_app: AppFactory) -> None:
    client = new_app(mode="advanced-chat")
    published = client.app.state()["workflow_id"]
    started = client.turn(workflow_id=published).of("workflow_started")[0]
    assert started["data"]["workflow_id"] == published
    assert error_of(client.chat(workflow_id="draft"))[:2] == (400, "bad_request")
    other = "00000000-0000-4000-8000-000000000000"
    assert error_of(client.chat(workflow_id=other))[:2] == (404, "not_found")
