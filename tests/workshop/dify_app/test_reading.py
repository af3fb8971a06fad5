"""The calls around a chat: the app, its end users, its conversations and their messages."""

import uuid

import pytest

from tests.workshop.dify_app.client import DifyClient, error_of
from tests.workshop.dify_app.conftest import AppFactory


def test_an_app_tells_its_mode_but_not_its_id(app: DifyClient) -> None:
    info = app.send("GET", "/info").json()
    assert info["mode"] == app.app.state()["mode"]
    assert app.app.id not in str(info)


def test_an_app_tells_its_inputs(new_app: AppFactory) -> None:
    form = new_app(required_inputs=["city"]).send("GET", "/parameters").json()["user_input_form"]
    field = {"label": "city", "variable": "city", "required": True, "default": ""}
    assert form == [{"text-input": field}]


def test_an_end_user_is_resolved_to_the_user_that_was_sent(new_app: AppFactory) -> None:
    client = new_app(mode="advanced-chat")
    turn = client.turn(user="latticeflow-1")
    identifier = turn.events[-1]["data"]["created_by"]["id"]
    found = client.send("GET", f"/end-users/{identifier}").json()
    assert found["id"] == identifier
    assert found["app_id"] == client.app.id
    assert found["external_user_id"] == found["session_id"] == "latticeflow-1"
    assert found["type"] == "service_api"
    again = client.turn(user="latticeflow-1").events[-1]["data"]["created_by"]["id"]
    assert again == identifier


def test_an_end_user_is_known_to_its_app_alone(new_app: AppFactory) -> None:
    one, two = new_app(mode="advanced-chat"), new_app()
    identifier = one.turn().events[-1]["data"]["created_by"]["id"]
    for client, wanted in ((two, identifier), (one, str(uuid.uuid4()))):
        refused = error_of(client.send("GET", f"/end-users/{wanted}"))
        assert refused == (404, "end_user_not_found", "End user not found.")


def test_conversations_are_listed_for_their_user(chat: DifyClient) -> None:
    mine = [chat.turn(inputs={"n": n}).conversation for n in range(3)]
    chat.turn(user="bob")
    listed = chat.send("GET", "/conversations", params={"user": "ann", "limit": 2}).json()
    assert [item["id"] for item in listed["data"]] == [mine[2], mine[1]]
    assert (listed["limit"], listed["has_more"]) == (2, True)
    assert listed["data"][0]["inputs"] == {"n": 2}


def test_messages_are_the_newest_in_order(chat: DifyClient) -> None:
    same = {"conversation_id": chat.turn("say: 1").conversation}
    for number in (2, 3):
        chat.turn(f"say: {number}", **same)
    params = {**same, "user": "ann", "limit": 2}
    listed = chat.send("GET", "/messages", params=params).json()
    assert [item["answer"] for item in listed["data"]] == ["2", "3"]
    assert listed["has_more"] is True
    refused = chat.send("GET", "/messages", params={**same, "user": "bob"})
    assert error_of(refused)[:2] == (404, "not_found")
    assert error_of(chat.send("GET", "/messages"))[:2] == (400, "invalid_param")


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_limit_is_bounded(chat: DifyClient, limit: str) -> None:
    refused = chat.send("GET", "/conversations", params={"limit": limit})
    assert error_of(refused)[:2] == (400, "invalid_param")


def test_a_call_without_a_user_is_the_nameless_users(chat: DifyClient) -> None:
    assert chat.send("GET", "/conversations").json()["data"] == []
    missing = chat.send("DELETE", f"/conversations/{chat.turn().conversation}")
    assert error_of(missing)[0] == 404


def test_a_reading_call_fails_on_demand(chat: DifyClient) -> None:
    chat.app.extend_plan(
        {"fault": "too_many_requests", "calls": "reading"},
        {"raw": {"status": 204}, "calls": "reading"},
    )
    assert chat.chat().status_code == 200
    assert error_of(chat.send("GET", "/info"))[1] == "too_many_requests"
    assert chat.send("GET", "/info").status_code == 204
    assert chat.send("GET", "/info").status_code == 200
