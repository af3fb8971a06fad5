"""Scripted answers: each form of a step, in both APIs and both modes, on both services."""

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import ROUTES, Route, ServiceClient, error_of, events_of
from tests.workshop.openai.scripted import CHAT_ROUTES, RESPONSES_ROUTES, ask

TEXTS: list[str | list[str]] = ["two words", ["two", " words"], ""]
USAGE = {"input": 11, "cached": 4, "cache_write": 2, "output": 3, "reasoning": 1}


@pytest.mark.parametrize("text", TEXTS, ids=["text", "pieces", "empty"])
@pytest.mark.parametrize("route", CHAT_ROUTES)
def test_a_text_on_chat(
    client: ServiceClient, route: Route, stream: bool, text: str | list[str]
) -> None:
    answer = ask(client, route, stream, {"text": text})
    choice = answer["choices"][0]
    assert choice["message"]["content"] == "".join(text)
    assert choice["finish_reason"] == "stop"
    assert answer["model"] == "gpt-4o-mini-2024-07-18"


@pytest.mark.parametrize("text", TEXTS, ids=["text", "pieces", "empty"])
@pytest.mark.parametrize("route", RESPONSES_ROUTES)
def test_a_text_on_responses(
    client: ServiceClient, route: Route, stream: bool, text: str | list[str]
) -> None:
    answer = ask(client, route, stream, {"text": text})
    assert answer["status"] == "completed"
    assert answer["output"][0]["content"][0]["text"] == "".join(text)
    assert answer["model"] == "gpt-4o-mini-2024-07-18"


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


@pytest.mark.parametrize("route", ["chat", "azure-chat"])
@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_finish_on_chat(client: ServiceClient, route: Route, stream: bool, finish: str) -> None:
    answer = ask(client, route, stream, {"text": "cut", "finish": finish})
    assert answer["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize(
    ("finish", "status", "reason"),
    [
        ("length", "incomplete", "max_output_tokens"),
        ("content_filter", "incomplete", "content_filter"),
        ("cancelled", "cancelled", None),
    ],
)
def test_a_finish_on_responses(
    client: ServiceClient, stream: bool, finish: str, status: str, reason: str | None
) -> None:
    answer = ask(client, "responses", stream, {"text": "cut", "finish": finish})
    assert answer["status"] == status
    assert answer["incomplete_details"] == ({"reason": reason} if reason else None)
    assert answer["output"][0]["status"] == "incomplete"


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
    assert "usage" not in _strip(ask(client, "chat", stream, {"text": "a", "usage": None}))
    answer = ask(client, "responses", stream, {"text": "a", "usage": None})
    assert answer["usage"] is None


def _strip(answer: JsonObject) -> JsonObject:
    return {key: value for key, value in answer.items() if value is not None}


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
