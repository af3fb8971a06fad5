"""Requests as the daemon writes them, whole."""

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.messages import (
    assistant_message,
    system_message,
    to_sent_message,
    tool_call,
    tool_message,
    user_message,
)
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    get_ai_model_schemas,
    get_llm_num_tokens,
    invoke_llm,
    validate_model_credentials,
    validate_provider_credentials,
)

_TARGET = ModelTarget(provider="openai", model="gpt-5", credentials={"k": "v"}, user_id="u-1")
_ADDRESS: JsonObject = {
    "type": "model",
    "user_id": "u-1",
    "provider": "openai",
    "model_type": "llm",
    "model": "gpt-5",
    "credentials": {"k": "v"},
}


def _sent(role: str, content: JsonValue, **more: JsonValue) -> JsonObject:
    empty: JsonObject = {"name": "", "tool_calls": None, "tool_call_id": ""}
    return {"role": role, "content": content, **empty, **more}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (None, {"model_parameters": {}, "tools": None, "stop": None, "stream": True}),
        (
            LLMOptions(
                model_parameters={"temperature": 0},
                tools=[{"name": "f", "parameters": {"type": "object"}, "strict": True}],
                stop=("END",),
                stream=False,
            ),
            {
                "model_parameters": {"temperature": 0},
                "tools": [{"name": "f", "description": "", "parameters": {"type": "object"}}],
                "stop": ["END"],
                "stream": False,
            },
        ),
    ],
    ids=["plain", "options"],
)
def test_invoke_llm_has_every_field_of_the_daemon(
    options: LLMOptions | None, expected: JsonObject
) -> None:
    assert invoke_llm(_TARGET, [user_message("Hi")], options) == {
        **_ADDRESS,
        "action": "invoke_llm",
        "prompt_messages": [_sent("user", "Hi")],
        "json_schema": None,
        **expected,
    }


def test_request_has_every_field_of_the_daemon() -> None:
    assert validate_model_credentials(_TARGET) == {
        **_ADDRESS,
        "action": "validate_model_credentials",
    }
    assert get_ai_model_schemas(_TARGET) == {**_ADDRESS, "action": "get_ai_model_schemas"}
    assert get_llm_num_tokens(_TARGET, [user_message("Hi")]) == {
        **_ADDRESS,
        "action": "get_llm_num_tokens",
        "prompt_messages": [_sent("user", "Hi")],
        "tools": [],
    }
    assert validate_provider_credentials("openai", {"k": "v"}) == {
        "type": "model",
        "action": "validate_provider_credentials",
        "user_id": "user",
        "provider": "openai",
        "credentials": {"k": "v"},
    }


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (system_message("Be brief."), _sent("system", "Be brief.")),
        (assistant_message("Hi"), _sent("assistant", "Hi", tool_calls=[])),
        (
            assistant_message("", [tool_call("c1", "f", "{}")]),
            _sent(
                "assistant",
                "",
                tool_calls=[
                    {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            ),
        ),
        (tool_message("c1", "42"), _sent("tool", "42", tool_call_id="c1")),
        (
            to_sent_message({"role": "user", "content": "Hi", "name": None, "new_key": 1}),
            _sent("user", "Hi"),
        ),
        (
            to_sent_message({"role": "assistant", "content": "", "opaque_body": {"r": 1}}),
            _sent("assistant", "", opaque_body={"r": 1}),
        ),
    ],
)
def test_message_is_encoded_as_the_daemon_does(message: JsonObject, expected: JsonObject) -> None:
    assert message == expected


def test_part_has_every_field_of_the_daemon() -> None:
    fields = ("base64_data", "data", "encode_format", "format", "mime_type", "filename")
    part: JsonObject = {"type": "image", "url": "http://127.0.0.1/a.png", "detail": "low"}
    assert user_message([part])["content"] == [{**dict.fromkeys(fields, ""), **part}]


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        ({"content": "Hi"}, "has no role"),
        ({"role": "assistant", "content": None}, "neither a text nor a list"),
        ({"role": "user", "content": ["Hi"]}, "part of a prompt message is no object"),
    ],
)
def test_message_that_the_daemon_refuses_is_refused(message: JsonObject, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        to_sent_message(message)


def test_credentials_do_not_show_in_a_target() -> None:
    assert "credentials" not in repr(_TARGET)
