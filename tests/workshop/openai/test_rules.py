"""The rules of the two text APIs: what is refused, with which `param` and code, and what is not."""

from typing import Any

import pytest

from fakes.openai import audio, embeddings, moderations
from fakes.openai.app import CHAT, RESPONSES
from fakes.openai.json_types import JsonObject
from fakes.openai.recordings import DEFAULT_DIRECTORY
from fakes.openai.schema import PublishedSchema
from tests.workshop.openai.client import MODEL, Route, ServiceClient, body_for, error_of
from tests.workshop.openai.conftest import ClientFactory

type Row = tuple[Route, dict[str, Any], str | None, str | None]

_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_ASKED = [{"role": "user", "content": "one"}, {"role": "assistant", "tool_calls": [_CALL]}]
_RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
_TOOLS = [{"type": "function", "function": {"name": "f"}}]
_FUNCTION_CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
_OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}
_REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}
_OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_CLOSED = {"type": "object", "additionalProperties": False}
_NESTED = _CLOSED | {"properties": {"a": {"type": "object"}}, "required": ["a"]}
_OPTIONAL = _CLOSED | {"properties": {"a": {"type": "string"}}}
_JSON_MODE = {"type": "json_object"}


def _user(content: object) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": content}]}


def _strict_tool(schema: JsonObject) -> dict[str, Any]:
    function = {"name": "f", "parameters": schema, "strict": True}
    return {"tools": [{"type": "function", "function": function}]}


def _strict_format(schema: JsonObject) -> dict[str, Any]:
    return {"type": "json_schema", "name": "s", "schema": schema, "strict": True}


_STRICT_NESTED = {"name": "s", "schema": _NESTED, "strict": True}
_TOO_MANY = {str(number): "v" for number in range(17)}
REFUSED: list[Row] = [
    ("chat", {"x": 1}, None, None),
    ("azure-chat", {"x": 1}, None, None),
    ("responses", {"x": 1}, "x", "unknown_parameter"),
    ("chat", {"model": ...}, None, None),
    ("responses", {"model": ...}, "model", "missing_required_parameter"),
    ("chat", {"stream_options": {"include_usage": True}}, "stream_options", None),
    ("responses", {"stream_options": {"include_obfuscation": False}}, "stream_options", None),
    # Metadata and its limits.
    ("chat", {"metadata": {"a": "b"}}, "metadata", None),
    ("chat", {"metadata": {"a": "b"}, "store": None}, "metadata", None),
    ("responses", {"metadata": {"a": "b"}, "store": False}, "metadata", None),
    ("responses", {"metadata": _TOO_MANY}, "metadata", "object_above_max_properties"),
    ("responses", {"metadata": {"k" * 65: "v"}}, "metadata", "string_above_max_length"),
    ("responses", {"metadata": {"k": "v" * 513}}, "metadata.k", "string_above_max_length"),
    ("chat", {"metadata": {"k": 1}, "store": True}, "metadata.k", "invalid_type"),
    ("responses", {"metadata": "a=b"}, "metadata", "invalid_type"),
    # Models that reason.
    ("chat", {"model": "gpt-5", "temperature": 0.5}, "temperature", "unsupported_value"),
    ("chat", {"model": "o3", "max_tokens": 5}, "max_tokens", "unsupported_parameter"),
    ("chat", {"model": "o3", "stop": ["."]}, "stop", "unsupported_parameter"),
    ("chat", {"model": "o3", "top_p": 0.5}, "top_p", "unsupported_parameter"),
    ("chat", {"model": "gpt-5", "logprobs": True}, "logprobs", "unsupported_parameter"),
    *(
        ("chat", {"model": model, name: 0.5}, name, "unsupported_parameter")
        for model, name in (("gpt-5.6", "presence_penalty"), ("gpt-5-mini", "frequency_penalty"))
    ),
    ("responses", {"model": "gpt-5", "temperature": 0.5}, "temperature", "unsupported_parameter"),
    ("responses", {"model": "o3", "top_p": 0.5}, "top_p", "unsupported_parameter"),
    *(
        ("chat", {"model": model, "tools": _TOOLS, **effort}, "reasoning_effort", None)
        for model, effort in (
            ("gpt-5.4", {"reasoning_effort": "low"}),
            ("gpt-5.5", {}),
            ("gpt-5.6-terra", {}),
            ("gpt-5.6", {"reasoning_effort": "high"}),
        )
    ),
    # The order of messages and items.
    ("chat", {"messages": [_RESULT]}, "messages.[0].role", None),
    ("chat", {"messages": _ASKED}, "messages.[2].role", None),
    ("chat", {"messages": [*_ASKED, _ASKED[0]]}, "messages.[2].role", None),
    ("chat", {"response_format": _JSON_MODE}, "messages", None),
    ("responses", {"input": [_FUNCTION_CALL]}, "input", None),
    ("responses", {"input": [_OUTPUT]}, "input", None),
    ("responses", {"input": [_REASONING]}, "input", None),
    (
        "responses",
        {"previous_response_id": "resp_0"},
        "previous_response_id",
        "previous_response_not_found",
    ),
    # Strict schemas.
    ("chat", _strict_tool(_OPEN), "tools[0].function.parameters", "invalid_function_parameters"),
    (
        "chat",
        {"response_format": {"type": "json_schema", "json_schema": _STRICT_NESTED}},
        "response_format",
        "invalid_json_schema",
    ),
    (
        "responses",
        {"text": {"format": _strict_format(_OPTIONAL)}},
        "text.format.schema",
        "invalid_json_schema",
    ),
    # The published schema.
    ("chat", {"messages": []}, "messages", "empty_array"),
    ("chat", {"messages": ...}, "messages", "missing_required_parameter"),
    ("chat", {"messages": "hello"}, "messages", "invalid_type"),
    ("chat", {"messages": [{"role": "robot"}]}, "messages[0].role", "invalid_value"),
    (
        "chat",
        {"messages": [{"role": "user", "content": 4}]},
        "messages[0].content",
        "invalid_type",
    ),
    (
        "responses",
        _user([{"type": "text", "text": "x"}]),
        "input[0].content[0].type",
        "invalid_value",
    ),
    (
        "responses",
        {"input": [{"type": "function_call", "call_id": "c", "arguments": "{}"}]},
        "input[0].name",
        "missing_required_parameter",
    ),
    ("chat", {"temperature": 3}, "temperature", "decimal_above_max_value"),
    ("responses", {"top_logprobs": -1}, "top_logprobs", "integer_below_min_value"),
    ("chat", {"safety_identifier": "u" * 129}, "safety_identifier", "string_above_max_length"),
    ("chat", {"verbosity": "huge"}, "verbosity", "invalid_value"),
]
# What stands close to a rule and is accepted.
ACCEPTED: list[tuple[Route, dict[str, Any]]] = [
    ("chat", {"metadata": {"k" * 64: "v" * 512}, "store": True}),
    ("responses", {"metadata": {str(number): "v" for number in range(16)}}),
    ("chat", {"metadata": None}),
    ("responses", {"store": False}),
    ("chat", {"model": "gpt-5", "temperature": 1}),
    ("chat", {"model": "gpt-5.1", "reasoning_effort": "none", "temperature": 0.2}),
    ("azure-v1-chat", {"model": "gpt-5-chat", "temperature": 0.2, "stop": ["."]}),
    ("chat", {"model": "o3", "stop": None}),
    ("chat", {"messages": [*_ASKED, _RESULT]}),
    ("chat", {"model": "gpt-5.4", "tools": _TOOLS}),
    ("chat", {"model": "gpt-5.6", "tools": _TOOLS, "reasoning_effort": "none"}),
    (
        "chat",
        {"messages": [{"role": "user", "content": "as JSON"}], "response_format": _JSON_MODE},
    ),
    ("azure-chat", {"data_sources": []}),
    ("responses", {"tools": [{"type": "function", "name": "f", "parameters": _OPEN}]}),
    ("responses", {"input": []}),
]


def test_what_a_rule_finds_is_refused(client: ServiceClient) -> None:
    for route, arguments, param, code in REFUSED:
        response = client.generate(route, **arguments)
        error = error_of(response)
        assert response.status_code == 400, (route, arguments)
        assert error["type"] == "invalid_request_error"
        assert (error["param"], error["code"]) == (param, code), (route, arguments, error)
        assert error["message"]


def test_what_no_rule_finds_is_accepted(client: ServiceClient) -> None:
    for route, arguments in ACCEPTED:
        response = client.generate(route, **arguments)
        assert response.status_code == 200, (route, arguments, response.text)


def test_the_message_names_the_arguments_that_chat_does_not_know(client: ServiceClient) -> None:
    error = error_of(client.generate("chat", x=1, a=2))
    assert error["message"] == "Unrecognized request arguments supplied: a, x"


def test_a_deployment_has_the_rules_of_its_base_model(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(deployments={MODEL: "o4-mini"})
    assert error_of(client.generate("azure-chat", max_tokens=5))["param"] == "max_tokens"


def test_a_body_that_is_no_object_is_refused(client: ServiceClient) -> None:
    for path in ("/v1/chat/completions", "/v1/responses"):
        for content in (b"", b"{", b"[]", b'"text"'):
            response = client.send("POST", path, content=content)
            assert (response.status_code, error_of(response)["param"]) == (400, None)


def test_a_refused_request_takes_no_step(client: ServiceClient) -> None:
    client.account.extend_plan({"text": "kept"})
    assert client.generate("chat", x=1).status_code == 400
    answer = client.post("chat", body_for("chat")).json()
    assert answer["choices"][0]["message"]["content"] == "kept"


@pytest.mark.parametrize(
    "rules",
    [
        CHAT.rules,
        RESPONSES.rules,
        embeddings.RULES,
        moderations.RULES,
        audio.SPEECH_RULES,
        audio.TRANSCRIPTION_RULES,
    ],
)
def test_every_rule_can_be_looked_up(rules: Any) -> None:
    schema = PublishedSchema()
    for rule in rules:
        kind, _, name = rule.source.partition(" ")
        if kind == "openapi.json":
            assert schema.properties(name) or name == "Metadata"
        elif not rule.source.startswith(("https://", "openai 3.")):
            assert (DEFAULT_DIRECTORY / f"{kind}.json").is_file(), kind
