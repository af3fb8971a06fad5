"""Scripted answers: each form of a step, in both APIs and both modes, on both services."""

import json
from typing import Any

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import (
    CHAT_ROUTES,
    RESPONSES_ROUTES,
    ROUTES,
    Route,
    ServiceClient,
    error_of,
    events_of,
    join,
)

CALLS = [{"name": "f", "arguments": '{"city": "Bern"}', "id": "call_a"}, {"name": "g"}]
TEXTS: list[str | list[str]] = ["two words", ["two", " words"], ""]
USAGE = {"input": 11, "cached": 4, "cache_write": 2, "output": 3, "reasoning": 1}


def ask(client: ServiceClient, route: Route, stream: bool, step: JsonObject) -> Any:
    """Return the whole answer of a step, in the non-stream form of its API."""
    client.account.extend_plan(step)
    arguments: JsonObject = {"stream": True} if stream else {}
    if stream and route in CHAT_ROUTES:
        arguments["stream_options"] = {"include_usage": True}
    response = client.generate(route, **arguments)
    assert response.status_code == 200, response.text
    if not stream:
        return response.json()
    events = events_of(response.content)
    if route in RESPONSES_ROUTES:
        return events[-1]["response"]
    assert response.content.endswith(b"data: [DONE]\n\n")
    return join(events)


@pytest.mark.parametrize("route", ROUTES)
def test_a_text(client: ServiceClient, route: Route, stream: bool) -> None:
    for text in TEXTS:
        answer = ask(client, route, stream, {"text": text})
        assert answer["model"] == "gpt-4o-mini-2024-07-18"
        if route in RESPONSES_ROUTES:
            assert answer["status"] == "completed"
            assert answer["output"][0]["content"][0]["text"] == "".join(text)
        else:
            assert answer["choices"][0]["message"]["content"] == "".join(text)
            assert answer["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("route", ROUTES)
def test_an_empty_plan_echoes_the_last_user(
    client: ServiceClient, route: Route, stream: bool
) -> None:
    response = client.generate(route, stream=stream)
    assert b"Echo:" in response.content
    events = events_of(response.content) if stream else [response.json()]
    pieces = [event.get("delta") for event in events]
    if stream and route in RESPONSES_ROUTES:
        assert [piece for piece in pieces if piece] == ["Echo:", " one", " two"]


def test_the_echo_takes_the_last_user_message(client: ServiceClient) -> None:
    parts = [{"type": "text", "text": "the picture"}]
    messages = [
        {"role": "user", "content": "first"},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": "before"},
    ]
    answer = client.generate("chat", messages=messages).json()
    assert answer["choices"][0]["message"]["content"] == "Echo: the picture"
    assert answer["usage"]["prompt_tokens"] == 4


def test_a_finish(client: ServiceClient, stream: bool) -> None:
    for finish, status, reason in (
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        ("cancelled", "cancelled", None),
    ):
        step = {"text": "cut", "finish": finish}
        answer = ask(client, "responses", stream, step)
        assert answer["status"] == status
        assert answer["incomplete_details"] == ({"reason": reason} if reason else None)
        assert answer["output"][0]["status"] == "incomplete"
        if reason:
            assert ask(client, "chat", stream, step)["choices"][0]["finish_reason"] == finish


def test_a_failure_on_responses(client: ServiceClient, stream: bool) -> None:
    error = {"code": "rate_limit_exceeded", "message": "Slow down."}
    answer = ask(client, "responses", stream, {"finish": "failed", "error": error})
    assert (answer["status"], answer["error"]) == ("failed", error)
    assert (answer["output"], answer["usage"]) == ([], None)


def test_a_failure_on_chat_is_a_server_error(client: ServiceClient) -> None:
    client.account.extend_plan({"finish": "failed", "error": {"message": "Broken."}})
    response = client.generate("chat")
    assert (response.status_code, error_of(response)["message"]) == (500, "Broken.")


@pytest.mark.parametrize("route", CHAT_ROUTES)
def test_usage_on_chat(client: ServiceClient, route: Route, stream: bool) -> None:
    answer = ask(client, route, stream, {"text": "a", "usage": USAGE})
    assert answer["usage"] == {
        "prompt_tokens": 11,
        "completion_tokens": 3,
        "total_tokens": 14,
        "prompt_tokens_details": {
            "cached_tokens": 4,
            "audio_tokens": 0,
            "cache_write_tokens": 2,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 1,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


@pytest.mark.parametrize("route", RESPONSES_ROUTES)
def test_usage_on_responses(client: ServiceClient, route: Route, stream: bool) -> None:
    answer = ask(client, route, stream, {"text": "a", "usage": USAGE})
    assert answer["usage"] == {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 2},
        "output_tokens": 3,
        "output_tokens_details": {"reasoning_tokens": 1},
        "total_tokens": 14,
    }


def test_usage_is_counted_in_words_by_default(client: ServiceClient, stream: bool) -> None:
    answer = ask(client, "responses", stream, {"text": "three more words", "reasoning": "so so"})
    assert answer["usage"]["input_tokens"] == 2
    assert answer["usage"]["output_tokens"] == 5
    assert answer["usage"]["output_tokens_details"] == {"reasoning_tokens": 2}


def test_a_service_may_report_no_usage(client: ServiceClient, stream: bool) -> None:
    assert ask(client, "chat", stream, {"text": "a", "usage": None}).get("usage") is None
    answer = ask(client, "responses", stream, {"text": "a", "usage": None})
    assert answer["usage"] is None


def test_only_the_last_chunk_has_usage_and_only_when_asked(client: ServiceClient) -> None:
    options = {"include_usage": True}
    asked = events_of(client.generate("chat", stream=True, stream_options=options).content)
    assert asked[-1]["choices"] == []
    assert asked[-1]["usage"]["total_tokens"] == 5
    assert all(chunk["usage"] is None for chunk in asked[:-1])
    unasked = events_of(client.generate("chat", stream=True).content)
    assert all("usage" not in chunk for chunk in unasked)


def test_the_model_and_tier_can_be_scripted(client: ServiceClient, stream: bool) -> None:
    step = {"text": "a", "model": "gpt-4o-2024-05-13", "service_tier": "flex"}
    for route in ("chat", "responses"):
        answer = ask(client, route, stream, step)
        assert (answer["model"], answer["service_tier"]) == ("gpt-4o-2024-05-13", "flex")


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
