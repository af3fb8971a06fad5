"""Stored chat completions: list, filter, order, page, read, tag, delete; and who sees them."""

from typing import Any

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, body_for, error_of
from tests.workshop.openai.conftest import ClientFactory

LIST = "/v1/chat/completions"
EMPTY: JsonObject = {
    "object": "list",
    "data": [],
    "first_id": None,
    "last_id": None,
    "has_more": False,
}


def _store(client: ServiceClient, route: Route = "chat", **arguments: Any) -> str:
    """Store one completion and return its id."""
    response = client.generate(route, store=True, **arguments)
    assert response.status_code == 200, response.text
    return str(response.json()["id"])


def _ids(client: ServiceClient, **params: Any) -> list[str]:
    return [record["id"] for record in client.get(LIST, **params).json()["data"]]


def test_only_what_asks_for_it_is_stored(client: ServiceClient) -> None:
    for arguments in ({}, {"store": False}, {"store": None}):
        client.generate("chat", **arguments)
    assert client.get(LIST).json() == EMPTY
    stored = _store(client)
    assert _ids(client) == [stored]


def test_a_stored_completion_has_its_answer_and_its_settings(client: ServiceClient) -> None:
    whole = client.generate("chat", store=True, metadata={"a": "b"}, temperature=0.5, user="u")
    answer = whole.json()
    record = client.get(f"{LIST}/{answer['id']}").json()
    request_id = record.pop("request_id")
    assert request_id.startswith("req_")
    assert record == {
        **answer,
        "metadata": {"a": "b"},
        "temperature": 0.5,
        "top_p": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "tool_choice": None,
        "tools": None,
        "response_format": None,
        "seed": None,
        "input_user": "u",
    }


def test_a_streamed_completion_is_stored_whole(client: ServiceClient) -> None:
    client.account.extend_plan({"text": "streamed words", "delay_ms": 1})
    client.generate("chat", store=True, stream=True)
    (record,) = client.get(LIST).json()["data"]
    assert record["object"] == "chat.completion"
    assert record["choices"][0]["message"]["content"] == "streamed words"
    assert record["usage"]["completion_tokens"] == 2


def test_completions_are_filtered_by_every_pair(client: ServiceClient) -> None:
    first = _store(client, metadata={"app": "one", "env": "test"})
    second = _store(client, metadata={"app": "two", "env": "test"})
    _store(client)
    assert _ids(client, **{"metadata[app]": "one"}) == [first]
    assert _ids(client, **{"metadata[env]": "test"}) == [first, second]
    assert _ids(client, **{"metadata[env]": "test", "metadata[app]": "two"}) == [second]
    assert _ids(client, **{"metadata[app]": "o"}) == []


def test_any_key_can_be_filtered_by(client: ServiceClient) -> None:
    for key in ("a.b", 'quo"te', "with space", "ü", "a[b]"):
        stored = _store(client, metadata={key: "v"})
        assert _ids(client, **{f"metadata[{key}]": "v"}) == [stored]


def test_completions_are_filtered_by_the_model_that_answered(client: ServiceClient) -> None:
    stored = _store(client, model="gpt-4.1")
    _store(client, model="gpt-4o")
    assert _ids(client, model="gpt-4.1-2025-04-14") == [stored]
    assert _ids(client, model="gpt-4.1") == []


def test_the_oldest_comes_first_unless_asked_otherwise(client: ServiceClient) -> None:
    ids = [_store(client) for _ in range(3)]
    assert _ids(client) == _ids(client, order="asc") == ids
    assert _ids(client, order="desc") == ids[::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_follow_each_other(client: ServiceClient, order: str) -> None:
    ids = [_store(client, metadata={"page": "yes"}) for _ in range(5)]
    _store(client)
    seen: list[str] = []
    params: JsonObject = {"limit": 2, "order": order, "metadata[page]": "yes"}
    for _ in range(4):
        page = client.get(LIST, **params).json()
        seen += [record["id"] for record in page["data"]]
        assert (page["first_id"], page["last_id"]) == (
            page["data"][0]["id"],
            page["data"][-1]["id"],
        )
        if not page["has_more"]:
            break
        params["after"] = page["last_id"]
    assert seen == (ids if order == "asc" else ids[::-1])


def test_twenty_are_a_page(client: ServiceClient) -> None:
    ids = [_store(client) for _ in range(21)]
    page = client.get(LIST).json()
    assert [record["id"] for record in page["data"]] == ids[:20]
    assert page["has_more"] is True


def test_a_wrong_page_is_refused(client: ServiceClient) -> None:
    for name, value, code in (
        ("limit", 0, "integer_below_min_value"),
        ("limit", 101, "integer_above_max_value"),
        ("limit", "many", "invalid_type"),
        ("order", "random", "invalid_value"),
    ):
        response = client.get(LIST, **{name: value})
        assert (response.status_code, error_of(response)["code"]) == (400, code)
    assert client.get(LIST, after="chatcmpl-0").status_code == 404


def test_messages_are_what_was_sent_in(client: ServiceClient) -> None:
    parts = [{"type": "text", "text": "and this"}]
    first: JsonObject = {"role": "system", "content": "Be brief."}
    second: JsonObject = {"role": "user", "content": parts, "name": "ann"}
    stored = _store(client, messages=[first, second])
    path = f"{LIST}/{stored}/messages"
    assert client.get(path).json()["data"] == [
        {**first, "id": f"{stored}-0", "name": None, "content_parts": None},
        {**second, "id": f"{stored}-1", "content": None, "content_parts": parts},
    ]
    page = client.get(path, limit=1, after=f"{stored}-0").json()
    assert [message["id"] for message in page["data"]] == [f"{stored}-1"]
    newest = client.get(path, limit=1, order="desc").json()
    assert (newest["first_id"], newest["has_more"]) == (f"{stored}-1", True)


def test_metadata_can_be_replaced(client: ServiceClient) -> None:
    stored = _store(client, metadata={"old": "1"})
    updated = client.send("POST", f"{LIST}/{stored}", json={"metadata": {"new": "2"}})
    assert (updated.status_code, updated.json()["metadata"]) == (200, {"new": "2"})
    assert client.get(f"{LIST}/{stored}").json()["metadata"] == {"new": "2"}
    assert _ids(client, **{"metadata[new]": "2"}) == [stored]
    assert _ids(client, **{"metadata[old]": "1"}) == []


def test_wrong_new_metadata_is_refused(client: ServiceClient) -> None:
    rows: list[tuple[JsonObject, str]] = [
        ({}, "missing_required_parameter"),
        ({"metadata": {"k": 1}}, "invalid_type"),
        ({"metadata": {"k": "v" * 513}}, "string_above_max_length"),
    ]
    path = f"{LIST}/{_store(client)}"
    for body, code in rows:
        response = client.send("POST", path, json=body)
        assert (response.status_code, error_of(response)["code"]) == (400, code)


def test_a_deleted_completion_is_gone(client: ServiceClient) -> None:
    stored = _store(client)
    deleted = client.send("DELETE", f"{LIST}/{stored}").json()
    assert deleted == {"object": "chat.completion.deleted", "id": stored, "deleted": True}
    assert client.get(f"{LIST}/{stored}").status_code == 404
    assert client.get(LIST).json() == EMPTY


def test_another_account_sees_nothing(client: ServiceClient, new_client: ClientFactory) -> None:
    stored = _store(client, metadata={"a": "b"})
    other: ServiceClient = new_client()
    for method, suffix in (("GET", ""), ("POST", ""), ("DELETE", ""), ("GET", "/messages")):
        body: JsonObject | None = {"metadata": {}} if method == "POST" else None
        response = other.send(method, f"{LIST}/{stored}{suffix}", json=body)
        assert response.status_code == 404
        assert stored in error_of(response)["message"]
    assert other.get(LIST).json() == EMPTY
    assert client.get(f"{LIST}/{stored}").json()["metadata"] == {"a": "b"}


def test_azure_stores_and_lists_under_v1(client: ServiceClient) -> None:
    body = body_for("azure-chat", store=True, metadata={"a": "b"})
    stored = client.post("azure-chat", body).json()["id"]
    listed = client.get("/openai/v1/chat/completions", **{"metadata[a]": "b"}).json()
    assert [record["id"] for record in listed["data"]] == [stored]
    assert client.get(f"/openai/v1/chat/completions/{stored}/messages").status_code == 200
