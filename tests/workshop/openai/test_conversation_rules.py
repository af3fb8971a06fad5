"""The order of messages and items, and strict schemas: what is refused, in the service's words."""

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.conftest import ClientFactory
from tests.workshop.openai.refusal import Refusal, assert_refused


def _tool_turn(*messages: JsonObject) -> JsonObject:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    asked = {"role": "user", "content": "one"}
    return {"messages": [asked, {"role": "assistant", "tool_calls": [call]}, *messages]}


_FUNCTION_CALL = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
_OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
_NESTED_SCHEMA = {
    "type": "object",
    "properties": {"a": {"type": "object", "properties": {}}},
    "required": ["a"],
    "additionalProperties": False,
}
_NO_FALSE = "'additionalProperties' is required to be supplied and to be false."
_UNANSWERED = (
    "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
    "'tool_call_id'. The following tool_call_ids did not have response messages: call_1"
)

CONVERSATIONS = [
    Refusal(
        "tool-message-without-call",
        "chat",
        {"messages": [{"role": "tool", "tool_call_id": "call_1", "content": "x"}]},
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message "
        "with 'tool_calls'.",
        "messages.[0].role",
    ),
    Refusal("call-unanswered-at-end", "chat", _tool_turn(), _UNANSWERED, "messages.[2].role"),
    Refusal(
        "call-unanswered",
        "chat",
        _tool_turn({"role": "user", "content": "two"}),
        _UNANSWERED,
        "messages.[2].role",
    ),
    Refusal(
        "function-call-unanswered",
        "responses",
        {"input": [_FUNCTION_CALL]},
        "No tool output found for function call call_1.",
        "input",
    ),
    Refusal(
        "output-without-call",
        "responses",
        {"input": [{"type": "function_call_output", "call_id": "call_1", "output": "x"}]},
        "No tool call found for function call output with call_id call_1.",
        "input",
    ),
    Refusal(
        "reasoning-at-end",
        "responses",
        {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]},
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
        "input",
    ),
    Refusal(
        "previous-response",
        "responses",
        {"previous_response_id": "resp_0"},
        "Previous response with id 'resp_0' not found.",
        "previous_response_id",
        "previous_response_not_found",
    ),
    Refusal(
        "json-mode-without-the-word",
        "chat",
        {"response_format": {"type": "json_object"}},
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
        "'json_object'.",
        "messages",
    ),
]
STRICT = [
    Refusal(
        "chat-function",
        "chat",
        {
            "tools": [
                {
                    "type": "function",
                    "function": {"name": "f", "parameters": _OPEN_SCHEMA, "strict": True},
                }
            ]
        },
        f"Invalid schema for function 'f': In context=(), {_NO_FALSE}",
        "tools[0].function.parameters",
        "invalid_function_parameters",
    ),
    Refusal(
        "chat-format",
        "chat",
        {
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "s", "schema": _NESTED_SCHEMA, "strict": True},
            }
        },
        f"Invalid schema for response_format 's': In context=('properties', 'a'), {_NO_FALSE}",
        "response_format",
        "invalid_json_schema",
    ),
    Refusal(
        "responses-format",
        "responses",
        {
            "text": {
                "format": {
                    "type": "json_schema",
                    "name": "s",
                    "schema": {"type": "object", "additionalProperties": False}
                    | {"properties": {"a": {"type": "string"}}},
                    "strict": True,
                }
            }
        },
        "Invalid schema for response_format 's': In context=(), 'required' is required to be "
        "supplied and to be an array including every key in properties. Missing 'a'.",
        "text.format.schema",
        "invalid_json_schema",
    ),
]


@pytest.mark.parametrize("refusal", [*CONVERSATIONS, *STRICT], ids=lambda refusal: refusal.name)
def test_a_wrong_conversation_is_refused(new_client: ClientFactory, refusal: Refusal) -> None:
    assert_refused(new_client, refusal)
