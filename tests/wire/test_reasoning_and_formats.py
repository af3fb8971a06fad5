"""Reasoning, structured output, web search, and streams that need a verified organization."""

import json

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.calls import ask, open_call, warnings
from tests.wire.service import (
    Account,
    Json,
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
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    account.change(models=["gpt-5"], deployments={"gpt-5": "gpt-5"})
    account.plan({"text": ["Black", "."], "reasoning": "It is night."})
    options = LLMOptions(model_parameters={"reasoning_summary": "auto"}, stream=stream)
    answer = ask(plugin, account.target(route, "gpt-5"), options)
    assert answer.text == "<think>\nIt is night.\n</think>\nBlack."
    (body,) = account.bodies()
    assert body["reasoning"] == {"summary": "auto"}


@every_mode
@responses_routes
def test_think_tags_are_closed_where_no_text_follows(
    plugin: PluginProcess, account: Account, route: str, stream: bool
) -> None:
    account.change(models=["gpt-5"], deployments={"gpt-5": "gpt-5"})
    account.plan({"reasoning": "It is night.", "tool_calls": [{"name": "look", "id": "c"}]})
    tool: Json = {"name": "look", "description": "", "parameters": {}}
    options = LLMOptions(
        model_parameters={"reasoning_summary": "auto"}, tools=[tool], stream=stream
    )
    answer = ask(plugin, account.target(route, "gpt-5"), options)
    assert answer.text == "<think>\nIt is night.\n</think>\n"
    assert answer.finish_reason == "tool_calls"


def test_think_tags_are_closed_when_the_stream_breaks(
    plugin: PluginProcess, account: Account
) -> None:
    account.plan(raw_stream({"type": "response.reasoning_summary_text.delta", "delta": "It is"}))
    call = open_call(plugin, account.target("openai-responses"))
    texts = [next(call), next(call)]
    said = [delta["message"]["content"] for chunk in texts if (delta := chunk["delta"])]  # type: ignore[call-overload, index]
    assert said == ["<think>\nIt is", "\n</think>\n"]
    with pytest.raises(PluginError, match="the stream ended before the answer did"):
        next(call)


@every_mode
def test_other_vendors_reasoning_on_chat_is_shown_as_well(
    plugin: PluginProcess, account: Account, stream: bool
) -> None:
    message: Json = {"reasoning_content": "It is night.", "content": "Black."}
    streamed = raw_stream(
        {"choices": [{"delta": {"reasoning_content": "It is "}}]},
        {"choices": [{"delta": {"reasoning_content": "night."}}]},
        {"choices": [{"delta": {"content": "Black."}, "finish_reason": "stop"}]},
    )
    whole = raw_json({"choices": [{"message": message, "finish_reason": "stop"}]})
    account.plan(streamed if stream else whole)
    answer = ask(plugin, account.target("openai-chat"), LLMOptions(stream=stream))
    assert answer.text == "<think>\nIt is night.\n</think>\nBlack."


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
    plugin: PluginProcess, account: Account, route: str, given: Json, sent: Json
) -> None:
    account.plan({"text": '{"colour": "black"}'})
    parameters: Json = {"response_format": "json_schema", "json_schema": json.dumps(given)}
    answer = ask(plugin, account.target(route), LLMOptions(model_parameters=parameters))
    assert answer.text == '{"colour": "black"}'
    (body,) = account.bodies()
    if route.endswith("chat"):
        assert body["response_format"] == {"type": "json_schema", "json_schema": sent}
    else:
        assert body["text"] == {"format": {"type": "json_schema", **sent}}


@four_routes
def test_json_of_any_shape(plugin: PluginProcess, account: Account, route: str) -> None:
    account.plan({"text": "{}"})
    parameters: Json = {"response_format": "json_object"}
    messages: list[Json] = [{"role": "user", "content": "Answer in JSON."}]
    options = LLMOptions(model_parameters=parameters)
    assert ask(plugin, account.target(route), options, messages=messages).text == "{}"
    (body,) = account.bodies()
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
    plugin: PluginProcess, account: Account, route: str, given: str, words: str
) -> None:
    parameters: Json = {"response_format": "json_schema", "json_schema": given}
    with pytest.raises(PluginError) as raised:
        ask(plugin, account.target(route), LLMOptions(model_parameters=parameters))
    assert raised.value.error_type == "InvokeBadRequestError"
    assert words in raised.value.message
    assert account.requests() == []


SEARCH: Json = {
    "enable_web_search": True,
    "web_search_user_country": "de",
    "web_search_allowed_domains": "https://example.com/path, docs.example.org\nexample.com",
    "web_search_include_sources": True,
}
PAGE = "https://www.britannica.com/place/Mount-Columbia?utm_source=openai"


@four_routes
def test_web_search_goes_to_responses_and_its_sources_into_the_answer(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    account.plan({"recording": "responses-web-search"})
    options = LLMOptions(model_parameters=SEARCH, stream=False)
    answer = ask(plugin, account.target(route), options)
    (body,) = account.bodies()
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


def test_a_search_without_any_page_is_refused_where_there_is_no_responses_api(
    plugin: PluginProcess, account: Account
) -> None:
    target = account.target("azure-chat", openai_api_version="2024-10-21")
    options = LLMOptions(model_parameters={"enable_web_search": True})
    with pytest.raises(PluginError, match="web search needs the Responses API") as raised:
        ask(plugin, target, options)
    assert raised.value.error_type == "InvokeBadRequestError"
    assert account.requests() == []


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
def test_a_search_with_a_mistake_names_it(
    plugin: PluginProcess, account: Account, change: Json, words: str
) -> None:
    options = LLMOptions(model_parameters={**SEARCH, **change})
    with pytest.raises(PluginError) as raised:
        ask(plugin, account.target("openai-responses"), options)
    assert words in raised.value.message


@four_routes
def test_a_model_that_may_not_be_streamed_answers_in_one_piece(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    error: JsonValue = {
        "message": "Your organization must be verified to stream this model.",
        "type": "invalid_request_error",
        "param": "stream",
        "code": "unsupported_value",
    }
    account.plan(
        raw_json({"error": error}, status=400), {"text": "Here it is."}, {"text": "And again."}
    )
    before = len(warnings(plugin))
    assert ask(plugin, account.target(route)).text == "Here it is."
    assert ask(plugin, account.target(route)).text == "And again."
    assert [body.get("stream") for body in account.bodies()] == [True, None, None]
    assert all("stream_options" not in body for body in account.bodies()[1:])
    assert len(warnings(plugin)) == before + 1
