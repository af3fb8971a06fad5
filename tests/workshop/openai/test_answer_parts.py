"""Scripted answers beyond text: calls, refusals, several choices, repeated settings, raw bodies."""

import json

import pytest

from tests.workshop.openai.client import ROUTES, Route, ServiceClient, events_of
from tests.workshop.openai.scripted import CHAT_ROUTES, RESPONSES_ROUTES, ask

CALLS = [{"name": "f", "arguments": '{"city": "Bern"}', "id": "call_a"}, {"name": "g"}]


@pytest.mark.parametrize("route", CHAT_ROUTES)
def test_tool_calls_on_chat(client: ServiceClient, route: Route, stream: bool) -> None:
    answer = ask(client, route, stream, {"tool_calls": CALLS})
    choice = answer["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    calls = choice["message"]["tool_calls"]
    assert calls[0]["id"] == "call_a"
    assert [call["function"]["name"] for call in calls] == ["f", "g"]
    assert json.loads(calls[0]["function"]["arguments"]) == {"city": "Bern"}


@pytest.mark.parametrize("route", RESPONSES_ROUTES)
def test_tool_calls_on_responses(client: ServiceClient, route: Route, stream: bool) -> None:
    step = {"text": "Let me see.", "tool_calls": CALLS, "reasoning": "Hm."}
    answer = ask(client, route, stream, step)
    kinds = [item["type"] for item in answer["output"]]
    assert kinds == ["reasoning", "message", "function_call", "function_call"]
    assert answer["output"][2]["call_id"] == "call_a"
    assert json.loads(answer["output"][2]["arguments"]) == {"city": "Bern"}


@pytest.mark.parametrize("route", RESPONSES_ROUTES)
def test_reasoning_is_encrypted_where_that_was_asked_for(
    client: ServiceClient, route: Route, stream: bool
) -> None:
    (item,) = ask(client, route, stream, {"reasoning": "", "tool_calls": CALLS})["output"][:1]
    assert (item["summary"], "encrypted_content" in item) == ([], False)
    client.account.extend_plan({"reasoning": "Hm.", "text": "So."})
    response = client.generate(route, stream=stream, include=["reasoning.encrypted_content"])
    if not stream:
        assert response.json()["output"][0]["encrypted_content"]
        return
    events = events_of(response.content)
    items = [event["item"] for event in events if "output_item" in event["type"]]
    added, done = (item["encrypted_content"] for item in items if item["type"] == "reasoning")
    last = events[-1]["response"]["output"][0]["encrypted_content"]
    # A stub first; the two whole ones are as long as each other and yet not the same.
    assert len(added) < len(done) == len(last)
    assert done != last


def test_a_refusal(client: ServiceClient, stream: bool) -> None:
    chat = ask(client, "chat", stream, {"refusal": "I cannot."})["choices"][0]
    assert (chat["message"]["content"], chat["message"]["refusal"]) == (None, "I cannot.")
    assert chat["finish_reason"] == "stop"
    answer = ask(client, "responses", stream, {"refusal": "I cannot."})
    assert answer["output"][0]["content"] == [{"type": "refusal", "refusal": "I cannot."}]


def test_several_choices(client: ServiceClient) -> None:
    client.account.extend_plan({"text": "a"}, {"text": "b"})
    choices = client.generate("chat", n=2).json()["choices"]
    assert [choice["index"] for choice in choices] == [0, 1]
    chunks = events_of(client.generate("chat", n=2, stream=True).content)
    assert {chunk["choices"][0]["index"] for chunk in chunks} == {0, 1}


def test_a_response_repeats_its_request(client: ServiceClient) -> None:
    sent = {"instructions": "Be brief.", "max_output_tokens": 50, "temperature": 0.5}
    answer = client.generate("responses", **sent, metadata={"a": "b"}).json()
    assert {key: answer[key] for key in sent} == sent
    assert (answer["metadata"], answer["store"]) == ({"a": "b"}, True)


@pytest.mark.parametrize("route", ROUTES)
def test_raw_steps_answer_anything(client: ServiceClient, route: Route) -> None:
    raw = {"status": 418, "headers": {"Content-Type": "text/plain"}, "body": "short and stout"}
    client.account.extend_plan({"raw": raw}, {"raw": {"body_base64": "/wA="}})
    response = client.generate(route)
    assert (response.status_code, response.text) == (418, "short and stout")
    assert response.headers["content-type"] == "text/plain"
    assert client.generate(route).content == b"\xff\x00"
