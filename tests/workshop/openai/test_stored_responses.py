"""Stored responses: read by id, with their input items; deleted; never listed."""

from typing import Any

import pytest

from tests.workshop.openai.client import Route, ServiceClient, error_of, events_of
from tests.workshop.openai.conftest import ClientFactory

PATH = "/v1/responses"


def _store(client: ServiceClient, **arguments: Any) -> str:
    return str(client.generate("responses", **arguments).json()["id"])


@pytest.mark.parametrize("arguments", [{}, {"store": True}, {"store": None}])
def test_a_response_is_stored_by_default(client: ServiceClient, arguments: dict[str, Any]) -> None:
    answer = client.generate("responses", metadata={"a": "b"}, **arguments).json()
    assert client.get(f"{PATH}/{answer['id']}").json() == answer
    assert (answer["store"], answer["metadata"]) == (True, {"a": "b"})


def test_a_response_can_be_left_unstored(client: ServiceClient) -> None:
    answer = client.generate("responses", store=False).json()
    assert answer["store"] is False
    missing = client.get(f"{PATH}/{answer['id']}")
    assert missing.status_code == 404
    assert answer["id"] in error_of(missing)["message"]


def test_a_streamed_response_is_stored_as_its_last_event_says(client: ServiceClient) -> None:
    last = events_of(client.generate("responses", stream=True).content)[-1]["response"]
    assert client.get(f"{PATH}/{last['id']}").json() == last


def test_input_items_are_what_was_sent_in(client: ServiceClient) -> None:
    call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "c", "output": "1"}
    sent = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, call, output]
    path = f"{PATH}/{_store(client, input=sent)}/input_items"
    items = client.get(path, order="asc").json()["data"]
    kinds = ["message", "message", "function_call", "function_call_output"]
    assert [item["type"] for item in items] == kinds
    assert items[0]["content"] == [{"type": "input_text", "text": "q"}]
    assert items[1]["content"][0]["type"] == "output_text"
    assert items[3]["output"] == "1"
    newest = client.get(path, limit=1).json()
    assert (newest["data"], newest["has_more"]) == ([items[3]], True)
    rest = client.get(path, after=items[3]["id"]).json()
    assert [item["id"] for item in rest["data"]] == [item["id"] for item in items[2::-1]]
    assert client.get(path, after="item_0").status_code == 404


def test_a_text_input_is_one_message(client: ServiceClient) -> None:
    (item,) = client.get(f"{PATH}/{_store(client)}/input_items").json()["data"]
    assert item["content"] == [{"type": "input_text", "text": "one two"}]


def test_a_response_can_be_continued(client: ServiceClient) -> None:
    first = _store(client)
    output = {"type": "function_call_output", "call_id": "of the first", "output": "1"}
    answer = client.generate("responses", previous_response_id=first, input=[output])
    assert (answer.status_code, answer.json()["previous_response_id"]) == (200, first)


def test_a_deleted_response_is_gone(client: ServiceClient) -> None:
    stored = _store(client)
    deleted = client.send("DELETE", f"{PATH}/{stored}").json()
    assert deleted == {"id": stored, "object": "response", "deleted": True}
    assert client.get(f"{PATH}/{stored}").status_code == 404
    assert client.send("DELETE", f"{PATH}/{stored}").status_code == 404


def test_another_account_sees_nothing(client: ServiceClient, new_client: ClientFactory) -> None:
    stored = _store(client)
    other: ServiceClient = new_client()
    for method, suffix in (("GET", ""), ("DELETE", ""), ("GET", "/input_items")):
        assert other.send(method, f"{PATH}/{stored}{suffix}").status_code == 404
    assert client.get(f"{PATH}/{stored}").status_code == 200


@pytest.mark.parametrize("route", ["azure-responses", "azure-v1-responses"])
def test_azure_reads_by_either_path(client: ServiceClient, route: Route) -> None:
    stored = client.generate(route).json()["id"]
    version = {"api-version": "2025-03-01-preview"}
    assert client.get(f"/openai/responses/{stored}", **version).json()["id"] == stored
    assert client.get(f"/openai/v1/responses/{stored}").json()["id"] == stored
    assert client.get(f"/openai/responses/{stored}").status_code == 404
