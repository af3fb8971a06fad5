"""Reasoning, structured output and web search."""

import json

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    every_mode,
    four_routes,
    raw_json,
    raw_stream,
    responses_routes,
)

STRICT: Json = {
    "type": "object",
    "properties": {"colour": {"type": "string"}},
    "required": ["colour"],
    "additionalProperties": False,
}
LOOSE: Json = {"type": "object", "properties": {"colour": {"type": "string"}}}


@every_mode
@responses_routes
def test_a_summary_stands_in_think_tags_before_the_text(
    wire: Wire, route: str, stream: bool
) -> None:
    wire.change(models=["gpt-5"], deployments={"gpt-5": "gpt-5"})
    wire.plan({"text": ["Black", "."], "reasoning": "It is night."})
    options = LLMOptions(model_parameters={"reasoning_summary": "auto"}, stream=stream)
    answer = wire.ask(wire.target(route, "gpt-5"), options)
    assert answer.text == "<think>\nIt is night.\n</think>\n\nBlack."
    (body,) = wire.bodies()
    assert body["reasoning"] == {"summary": "auto"}


@every_mode
@responses_routes
def test_think_tags_are_closed_where_no_text_follows(wire: Wire, route: str, stream: bool) -> None:
    wire.change(models=["gpt-5"], deployments={"gpt-5": "gpt-5"})
    wire.plan({"reasoning": "It is night.", "tool_calls": [{"name": "look", "id": "c"}]})
    tool: Json = {"name": "look", "description": "", "parameters": {}}
    options = LLMOptions(
        model_parameters={"reasoning_summary": "auto"}, tools=[tool], stream=stream
    )
    answer = wire.ask(wire.target(route, "gpt-5"), options)
    assert answer.text == "<think>\nIt is night.\n</think>\n\n"
    assert answer.finish_reason == "tool_calls"


def test_think_tags_are_closed_when_the_stream_breaks(wire: Wire) -> None:
    wire.plan(raw_stream({"type": "response.reasoning_summary_text.delta", "delta": "It is"}))
    call = wire.open_call(wire.target("openai-responses"))
    texts = [next(call), next(call)]
    said = [delta["message"]["content"] for chunk in texts if (delta := chunk["delta"])]  # type: ignore[call-overload, index]
    assert said == ["<think>\nIt is", "\n</think>\n\n"]
    with pytest.raises(PluginError, match="the stream ended before the answer did"):
        next(call)


@every_mode
def test_other_vendors_reasoning_on_chat_is_shown_as_well(wire: Wire, stream: bool) -> None:
    message: Json = {"reasoning_content": "It is night.", "content": "Black."}
    streamed = raw_stream(
        {"choices": [{"delta": {"reasoning_content": "It is "}}]},
        {"choices": [{"delta": {"reasoning_content": "night."}}]},
        {"choices": [{"delta": {"content": "Black."}, "finish_reason": "stop"}]},
    )
    whole = raw_json({"choices": [{"message": message, "finish_reason": "stop"}]})
    wire.plan(streamed if stream else whole)
    answer = wire.ask(wire.target("openai-chat"), LLMOptions(stream=stream))
    assert answer.text == "<think>\nIt is night.\n</think>\n\nBlack."


@four_routes
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (STRICT, {"name": "response", "schema": STRICT, "strict": True}),
        (LOOSE, {"name": "response", "schema": LOOSE, "strict": False}),
        ({"schema": LOOSE, "name": "llm_response"}, {"name": "llm_response", "schema": LOOSE}),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": STRICT, "strict": True}},
            {"name": "n", "schema": STRICT, "strict": True},
        ),
    ],
    ids=["strict", "loose", "as-dify-sends-it", "with-envelope"],
)
def test_a_json_schema_is_handed_on_as_it_is(
    wire: Wire, route: str, given: Json, sent: Json
) -> None:
    wire.plan({"text": '{"colour": "black"}'})
    parameters: Json = {"response_format": "json_schema", "json_schema": json.dumps(given)}
    answer = wire.ask(wire.target(route), LLMOptions(model_parameters=parameters))
    assert answer.text == '{"colour": "black"}'
    (body,) = wire.bodies()
    if route.endswith("chat"):
        assert body["response_format"] == {"type": "json_schema", "json_schema": sent}
    else:
        assert body["text"] == {"format": {"type": "json_schema", **sent}}


@four_routes
def test_json_of_any_shape(wire: Wire, route: str) -> None:
    wire.plan({"text": "{}"})
    parameters: Json = {"response_format": "json_object"}
    messages: list[Json] = [{"role": "user", "content": "Answer in JSON."}]
    options = LLMOptions(model_parameters=parameters)
    assert wire.ask(wire.target(route), options, messages=messages).text == "{}"
    (body,) = wire.bodies()
    expected = {"type": "json_object"}
    if route.endswith("chat"):
        assert body["response_format"] == expected
    else:
        assert body["text"] == {"format": expected}


@four_routes
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "needs a JSON schema"),
        ('{"type": ', "is not JSON: Expecting value in line 1"),
        ("[]", "is a JSON list, not an object"),
        ('{"schema": 7, "name": "n"}', "`schema` is not an object"),
        ('{"schema": {}, "name": "two words"}', "name 'two words' is not allowed"),
    ],
)
def test_a_bad_schema_is_refused_before_any_request(
    wire: Wire, route: str, given: str, words: str
) -> None:
    parameters: Json = {"response_format": "json_schema", "json_schema": given}
    with pytest.raises(PluginError) as raised:
        wire.ask(wire.target(route), LLMOptions(model_parameters=parameters))
    assert raised.value.error_type == "InvokeBadRequestError"
    assert words in raised.value.message
    assert wire.requests() == []


SEARCH: Json = {
    "enable_web_search": True,
    "web_search_user_country": "de",
    "web_search_allowed_domains": "https://example.com/path, docs.example.org\nexample.com",
    "web_search_include_sources": True,
}
PAGE = "https://www.britannica.com/place/Mount-Columbia?utm_source=openai"


@four_routes
def test_web_search_goes_to_responses_and_its_sources_into_the_answer(
    wire: Wire, route: str
) -> None:
    wire.plan({"recording": "responses-web-search"})
    options = LLMOptions(model_parameters=SEARCH, stream=False)
    answer = wire.ask(wire.target(route, api_protocol="auto"), options)
    (body,) = wire.bodies()
    assert body["tools"] == [
        {
            "type": "web_search",
            "user_location": {"type": "approximate", "country": "DE"},
            "filters": {"allowed_domains": ["example.com", "docs.example.org"]},
        }
    ]
    assert body["include"] == ["web_search_call.action.sources"]
    text, _, sources = answer.text.partition("\n\nSources:\n")
    assert text.startswith("The tallest mountain in Alberta is **Mount Columbia**")
    assert sources == f"1. [Mount Columbia | mountain, Alberta, Canada | Britannica]({PAGE})"


@pytest.mark.parametrize("route", ["openai-chat", "azure-chat"])
def test_web_search_is_refused_where_chat_was_chosen(wire: Wire, route: str) -> None:
    options = LLMOptions(model_parameters=SEARCH)
    with pytest.raises(PluginError, match="set API protocol to Automatic"):
        wire.ask(wire.target(route), options)
    assert wire.requests() == []


def test_a_search_without_any_page_is_refused_where_there_is_no_responses_api(wire: Wire) -> None:
    target = wire.target("azure-chat", openai_api_version="2024-10-21")
    options = LLMOptions(model_parameters={"enable_web_search": True})
    with pytest.raises(PluginError, match="web search needs the Responses API") as raised:
        wire.ask(target, options)
    assert raised.value.error_type == "InvokeBadRequestError"
    assert wire.requests() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"web_search_user_country": "Germany"}, "'GERMANY' is not a country code"),
        ({"web_search_allowed_domains": "exa mple"}, "'exa' is not a domain"),
        (
            {"web_search_allowed_domains": " ".join(f"d{n}.example" for n in range(101))},
            "at most 100",
        ),
    ],
)
def test_a_search_with_a_mistake_names_it(wire: Wire, change: Json, words: str) -> None:
    options = LLMOptions(model_parameters={**SEARCH, **change})
    with pytest.raises(PluginError) as raised:
        wire.ask(wire.target("openai-responses"), options)
    assert words in raised.value.message
