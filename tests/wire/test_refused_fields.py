"""A field that an endpoint does not know is left out, an API that it lacks is replaced; both once
for each endpoint, and never against the operator's choice."""

from dataclasses import dataclass, field

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import LLMOptions, validate_model_credentials
from tests.wire.ends import Json, Wire, every_mode
from tests.wire.test_tools import TOOLS, asked_for


def error(message: str, param: str | None = None, code: str | None = None) -> Json:
    shape: Json = {"type": "invalid_request_error", "param": param, "code": code}
    return {"error": {"message": message, **shape}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A refused field: where, in which words, and what the next request has instead."""

    route: str
    said: Json
    refused: str
    value: JsonValue = None
    left: dict[str, tuple[JsonValue, JsonValue]]
    model: str = "gpt-4o-mini"
    asked: Json = field(default_factory=dict)
    tools: list[Json] | None = None


VERIFY = " Please go to: https://platform.openai.com/settings and click on Verify Organization."
ENCRYPTED = "reasoning.encrypted_content"
SOURCES = "web_search_call.action.sources"
SEARCH: Json = {"enable_web_search": True, "web_search_include_sources": True}

# What a gateway calls a model of somebody else.
ALIAS = "gpt-5-mini"

FIELDS = {
    # pydantic/pydantic-ai#2915: a deployment whose model takes no part in it.
    "encrypted reasoning": Field(
        route="azure-v1-responses",
        model="gpt-5",
        refused="include",
        value=ENCRYPTED,
        said=error("Encrypted content is not supported with this model.", "include"),
        left={"include": ([ENCRYPTED], None)},
    ),
    "encrypted reasoning beside sources": Field(
        route="azure-responses",
        model="gpt-5",
        asked=SEARCH,
        refused="include",
        value=ENCRYPTED,
        said=error("Encrypted content is not supported with this model.", "include"),
        left={"include": ([ENCRYPTED, SOURCES], [SOURCES])},
    ),
    # continuedev/continue#9283
    "reasoning summary of an unverified organization": Field(
        route="openai-responses",
        model="gpt-5",
        asked={"reasoning_summary": "auto", "reasoning_effort": "low"},
        refused="reasoning.summary",
        said=error(
            "Your organization must be verified to generate reasoning summaries." + VERIFY,
            "reasoning.summary",
            "unsupported_value",
        ),
        left={"reasoning": ({"summary": "auto", "effort": "low"}, {"effort": "low"})},
    ),
    # microsoft/vscode#260670, where no param names it
    "stream of an unverified organization": Field(
        route="openai-responses",
        refused="stream",
        said=error("Your organization must be verified to stream this model." + VERIFY),
        left={"stream": (True, None)},
    ),
    # didalgolab/ai-intellij-plugin#33
    "stream": Field(
        route="azure-chat",
        refused="stream",
        said=error(
            "Unsupported value: 'stream' does not support true with this model. Only the default "
            "(false) value is supported.",
            "stream",
            "unsupported_value",
        ),
        left={"stream": (True, None), "stream_options": ({"include_usage": True}, None)},
    ),
    # microsoft/vscode-copilot-release#8054
    "max_tokens": Field(
        route="openai-chat",
        asked={"max_tokens": 64},
        refused="max_tokens",
        said=error(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            "max_tokens",
            "unsupported_parameter",
        ),
        left={"max_tokens": (64, None), "max_completion_tokens": (None, 64)},
    ),
    # Groq, in a public README of 2025 or before; that it still does so is inferred.
    "max_completion_tokens": Field(
        route="openai-chat",
        model=ALIAS,
        asked={"max_tokens": 64},
        refused="max_completion_tokens",
        said=error("property 'max_completion_tokens' is unsupported, did you mean 'max_tokens'?"),
        left={"max_tokens": (None, 64), "max_completion_tokens": (64, None)},
    ),
    # microsoft/semantic-kernel#10113
    "parallel_tool_calls": Field(
        route="azure-chat",
        tools=TOOLS,
        asked={"parallel_tool_calls": False},
        refused="parallel_tool_calls",
        said=error("Unrecognized request argument supplied: parallel_tool_calls"),
        left={"parallel_tool_calls": (False, None)},
    ),
    # vectorize-io/hindsight#3518
    "prompt_cache_key": Field(
        route="azure-v1-chat",
        refused="prompt_cache_key",
        said={
            "error": {
                "code": "unrecognized_request_argument",
                "message": "Unrecognized request argument supplied: prompt_cache_key",
            }
        },
        left={"prompt_cache_key": ("{digest}", None)},
    ),
    "strict tools": Field(
        route="openai-responses",
        tools=TOOLS,
        refused="tools.strict",
        said=error("Unknown parameter: 'tools[0].strict'.", "tools[0].strict", "unknown_parameter"),
        left={
            "tools": (
                list[JsonValue](asked_for(TOOLS, "openai-responses")),
                [
                    {name: value for name, value in tool.items() if name != "strict"}
                    for tool in asked_for(TOOLS, "openai-responses")
                ],
            )
        },
    ),
}


def difference(first: Json, second: Json) -> dict[str, tuple[JsonValue, JsonValue]]:
    return {
        name: ("{digest}" if name == "prompt_cache_key" else first.get(name), second.get(name))
        for name in first.keys() | second.keys()
        if first.get(name) != second.get(name)
    }


@pytest.mark.parametrize("name", FIELDS)
def test_a_refused_field_alone_is_left_out_from_then_on(wire: Wire, name: str) -> None:
    case = FIELDS[name]
    only = {} if case.value is None else {"value": case.value}
    refusal = {"field": case.refused, "body": case.said, **only}
    wire.change(refusals=[refusal], openai_rules=case.model != ALIAS)
    before = len(wire.warnings())
    options = LLMOptions(model_parameters=case.asked, tools=case.tools)
    for _ in range(2):
        answer = wire.ask(wire.target(case.route, case.model), options)
        assert answer.text == "Echo: And at night?"
        assert answer.usage is not None
    first, second, third = wire.bodies()
    assert difference(first, second) == case.left
    assert third == second
    (warning,) = wire.warnings()[before:]
    assert f"refuses `{case.refused}`" in warning


ONLY_STREAMS: Json = {
    "field": "stream",
    "unless": True,
    "body": error(
        "This model only support stream mode, please enable the stream parameter to "
        "access the model. ",
        code="invalid_parameter_error",
    ),
}


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses", "azure-v1-chat"])
def test_a_model_that_only_streams_is_checked_and_answers_whole(wire: Wire, route: str) -> None:
    wire.change(refusals=[ONLY_STREAMS])
    target = wire.target(route)
    check = wire.plugin.open_session(validate_model_credentials(target))
    assert check.result()["result"] is True
    wire.plan({"text": ["It ", "is ", "black."], "usage": {"input": 7, "output": 5}})
    answer = wire.ask(target, LLMOptions(stream=False))
    assert (answer.text, answer.chunks, answer.finish_reason) == ("It is black.", 1, "stop")
    line = wire.usage_lines()[-1]
    assert (line["input"], line["output"], line["estimated"]) == (7, 5, False)
    assert [body.get("stream") for body in wire.bodies()] == [None, True, True]


@every_mode
@pytest.mark.parametrize("streaming", ["always", "never"])
@pytest.mark.parametrize("route", ["openai-chat", "openai-responses"])
def test_a_server_that_ignores_how_it_was_asked_is_understood(
    wire: Wire, route: str, streaming: str, stream: bool
) -> None:
    wire.change(streaming=streaming)
    answer = wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert (answer.text, answer.finish_reason) == ("Echo: And at night?", "stop")
    assert answer.usage is not None
    assert len(wire.requests()) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """An API that a model or address lacks: asked first, in which words refused."""

    route: str
    api: str
    said: JsonValue
    status: int = 404
    model: str = "gpt-4o-mini"
    credentials: dict[str, str] = field(default_factory=dict)


LACKING = {
    # langgenius/dify-official-plugins#2359, under a name that says nothing
    "azure codex": Lacking(
        route="azure-chat",
        api="chat",
        model="my-coder",
        credentials={"base_model_name": "gpt-4.1"},
        status=400,
        said={
            "error": {
                "code": "OperationNotSupported",
                "message": "The chatCompletion operation does not work with the specified model, "
                "gpt-5.1-codex-max. Please choose different model and try again. You can learn "
                "more about which models can be used with each operation here: "
                "https://go.microsoft.com/fwlink/?linkid=2197993.",
            }
        },
    ),
    # alvinunreal/tmuxai#82
    "a new model of openai": Lacking(
        route="openai-chat",
        api="chat",
        credentials={"enable_request_metadata": "enabled"},
        said=error(
            "This model is only supported in v1/responses and not in v1/chat/completions.", "model"
        ),
    ),
    # CherryHQ/cherry-studio#8077
    "azure region": Lacking(
        route="azure-v1-responses",
        api="responses",
        model="gpt-5",
        said={"error": {"code": "404", "message": "Resource not found"}},
    ),
    # BerriAI/litellm#9367
    "fastapi": Lacking(route="openai-responses", api="responses", said={"detail": "Not Found"}),
    "gateway's page": Lacking(
        route="openai-responses", api="responses", said="<!DOCTYPE html><html></html>"
    ),
    # QuantumNous/new-api#4535
    "new-api's channel": Lacking(
        route="openai-responses",
        api="responses",
        status=500,
        said={
            "error": {
                "message": "not implemented",
                "type": "new_api_error",
                "param": "",
                "code": "convert_request_failed",
            }
        },
    ),
}


def account_without(case: Lacking, *apis: str) -> Json:
    missing: Json = {"apis": [*apis], "status": case.status, "body": case.said}
    return {"refusals": [missing], "deployments": {case.model: "gpt-4.1"}, "openai_rules": False}


@every_mode
@pytest.mark.parametrize("name", LACKING)
def test_a_missing_api_is_replaced_where_the_choice_is_automatic(
    wire: Wire, name: str, stream: bool
) -> None:
    case = LACKING[name]
    wire.change(**account_without(case, case.api))
    automatic = {**case.credentials, "api_protocol": "auto"}
    target = wire.target(case.route, case.model, **automatic)
    before = len(wire.warnings())
    for _ in range(2):
        assert wire.ask(target, LLMOptions(stream=stream)).text == "Echo: And at night?"
    apis = ["responses" if "input" in body else "chat" for body in wire.bodies()]
    (other,) = {"chat", "responses"} - {case.api}
    assert apis == [case.api, other, other]
    assert wire.usage_lines()[-1]["api"] == other
    (warning,) = wire.warnings()[before:]
    assert f"is not served on {case.api}" in warning


@pytest.mark.parametrize("name", LACKING)
def test_a_missing_api_that_was_chosen_is_told_with_the_way_out(wire: Wire, name: str) -> None:
    case = LACKING[name]
    wire.change(**account_without(case, case.api))
    before = len(wire.warnings())
    with pytest.raises(PluginError) as raised:
        wire.ask(wire.target(case.route, case.model, max_attempts="1", **case.credentials))
    assert "set API protocol to Automatic" in raised.value.message
    assert len(wire.requests()) == 1
    assert wire.warnings()[before:] == []


def test_an_address_without_any_api_is_told_as_it_is(wire: Wire) -> None:
    case = LACKING["fastapi"]
    wire.change(**account_without(case, "chat", "responses"))
    before = len(wire.warnings())
    for _ in range(2):
        with pytest.raises(PluginError, match="Check the API base URL") as raised:
            wire.ask(wire.target(case.route, api_protocol="auto"))
        assert "API protocol" not in raised.value.message
    assert len(wire.requests()) == 4
    assert wire.warnings()[before:] == []
