"""Arguments, metadata and models: what is refused, in the service's words."""

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import MODEL, Route
from tests.workshop.openai.conftest import ClientFactory
from tests.workshop.openai.refusal import Refusal, assert_refused

METADATA_NEEDS_STORE = "The 'metadata' parameter is only allowed when 'store' is enabled."
_FUNCTION: JsonObject = {"type": "function", "function": {"name": "f"}}
_TOOLS_ON_CHAT: list[tuple[str, JsonObject]] = [
    ("gpt-5.4", {"reasoning_effort": "low"}),
    ("gpt-5.5", {}),
    ("gpt-5.6-terra", {}),
    ("gpt-5.6", {"reasoning_effort": "high"}),
]

ARGUMENTS = [
    Refusal("chat", "chat", {"x": 1}, "Unrecognized request argument supplied: x"),
    Refusal("chat-two", "chat", {"x": 1, "a": 2}, "Unrecognized request arguments supplied: a, x"),
    Refusal(
        "responses", "responses", {"x": 1}, "Unknown parameter: 'x'.", "x", "unknown_parameter"
    ),
    Refusal("azure-chat", "azure-chat", {"x": 1}, "Unrecognized request argument supplied: x"),
    Refusal("chat-without-model", "chat", {"model": ...}, "you must provide a model parameter"),
    Refusal(
        "responses-without-model",
        "responses",
        {"model": ...},
        "Missing required parameter: 'model'.",
        "model",
        "missing_required_parameter",
    ),
    Refusal(
        "chat-stream-options",
        "chat",
        {"stream_options": {"include_usage": True}},
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        "stream_options",
    ),
    Refusal(
        "responses-stream-options",
        "responses",
        {"stream_options": {"include_obfuscation": False}},
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        "stream_options",
    ),
    Refusal(
        "refused-metadata",
        "chat",
        {"metadata": {"a": "b"}, "store": True},
        "Unrecognized request argument supplied: metadata",
        "metadata",
        settings={"refuses": ["metadata"]},
    ),
    Refusal(
        "refused-store",
        "responses",
        {"store": False},
        "Unrecognized request argument supplied: store",
        "store",
        settings={"refuses": ["store"]},
    ),
]
METADATA = [
    Refusal("chat-default", "chat", {"metadata": {"a": "b"}}, METADATA_NEEDS_STORE, "metadata"),
    Refusal(
        "chat-null",
        "chat",
        {"metadata": {"a": "b"}, "store": None},
        METADATA_NEEDS_STORE,
        "metadata",
    ),
    Refusal(
        "responses-false",
        "responses",
        {"metadata": {"a": "b"}, "store": False},
        METADATA_NEEDS_STORE,
        "metadata",
    ),
    Refusal(
        "pairs",
        "responses",
        {"metadata": {str(n): "v" for n in range(17)}},
        "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, "
        "but got an object with 17 properties instead.",
        "metadata",
        "object_above_max_properties",
    ),
    Refusal(
        "key",
        "responses",
        {"metadata": {"k" * 65: "v"}},
        "Invalid property name in 'metadata': string too long. Expected a string with maximum "
        "length 64, but got a string with length 65 instead.",
        "metadata",
        "string_above_max_length",
    ),
    Refusal(
        "value",
        "chat",
        {"metadata": {"k": "v" * 513}, "store": True},
        "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but "
        "got a string with length 513 instead.",
        "metadata.k",
        "string_above_max_length",
    ),
    Refusal(
        "value-type",
        "chat",
        {"metadata": {"k": 1}, "store": True},
        "Invalid type for 'metadata.k': expected a string, but got an integer instead.",
        "metadata.k",
        "invalid_type",
    ),
    Refusal(
        "type",
        "responses",
        {"metadata": "a=b"},
        "Invalid type for 'metadata': expected an object, but got a string instead.",
        "metadata",
        "invalid_type",
    ),
]
_UNSUPPORTED: list[tuple[Route, str, str, object]] = [
    ("chat", "o3", "stop", ["."]),
    ("chat", "gpt-5.6", "presence_penalty", 0.5),
    ("chat", "gpt-5-mini", "frequency_penalty", 0.5),
    ("chat", "o4-mini", "top_p", 0.5),
    ("chat", "gpt-5", "logprobs", True),
    ("responses", "gpt-5", "temperature", 0.5),
    ("responses", "o3", "top_p", 0.5),
]
MODELS = [
    Refusal(
        "responses-only-model",
        "chat",
        {"model": "o1-pro"},
        "This model is only supported in v1/responses and not in v1/chat/completions.",
        "model",
        status=404,
    ),
    Refusal(
        "temperature",
        "chat",
        {"model": "gpt-5", "temperature": 0.5},
        "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default "
        "(1) value is supported.",
        "temperature",
        "unsupported_value",
    ),
    Refusal(
        "max-tokens-of-deployment",
        "azure-chat",
        {"max_tokens": 5},
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
        "'max_completion_tokens' instead.",
        "max_tokens",
        "unsupported_parameter",
        settings={"deployments": {MODEL: "o4-mini"}},
    ),
    *(
        Refusal(
            f"{name}-{route}",
            route,
            {"model": model, name: value},
            f"Unsupported parameter: '{name}' is not supported with this model.",
            name,
            "unsupported_parameter",
        )
        for route, model, name, value in _UNSUPPORTED
    ),
    *(
        Refusal(
            f"tools-{model}",
            "chat",
            {"model": model, "tools": [_FUNCTION], **effort},
            f"Function tools with reasoning_effort are not supported for {model} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set "
            "reasoning_effort to 'none'.",
            "reasoning_effort",
        )
        for model, effort in _TOOLS_ON_CHAT
    ),
]


@pytest.mark.parametrize(
    "refusal", [*ARGUMENTS, *METADATA, *MODELS], ids=lambda refusal: refusal.name
)
def test_a_wrong_argument_is_refused(new_client: ClientFactory, refusal: Refusal) -> None:
    assert_refused(new_client, refusal)
