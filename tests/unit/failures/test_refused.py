"""Which words of a service refuse a field: known ones that are the whole message, nothing else.

The sentences are those of public reports, which `models/failures/refused.py` names.
"""

import json

import httpx2
import pytest
from pydantic import JsonValue

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_response
from models.failures.refused import WHOLE, lacking_api, named_fields

VERIFY = (
    " Please go to: https://platform.openai.com/settings/organization/general and click on Verify "
    "Organization. If you just verified, it can take up to 15 minutes for access to propagate."
)
SUPPORT = (
    ". Please contact us through an Azure support request at: "
    "https://go.microsoft.com/fwlink/?linkid=2213926 for further questions."
)
LITELLM = (
    "litellm.UnsupportedParamsError: openai does not support parameters: {}, for model=m. To drop "
    "these, set `litellm.drop_params=True` or for proxy:\n\n`litellm_settings:\n "
    "drop_params: true`\n"
)
LITELLM_END = ". Received Model Group=m\nAvailable Model Group Fallbacks=None LiteLLM Retried: 3"
REQUEST_ID = " (request id: 20250718151005933235178p97L88vu)"

# What a service says -> the fields that it refuses
SENTENCES = [
    # OpenAI and Azure OpenAI
    ("Unknown parameter: 'stream_options'.", "stream_options"),
    ("Unknown parameter: 'store'", "store"),
    ("Unknown parameter: 'tools[0].function.strict'.", "tools[0].function.strict"),
    ("Unrecognized request argument supplied: parallel_tool_calls", "parallel_tool_calls"),
    ("Unrecognized request arguments supplied: store, metadata", "store metadata"),
    (f"Unrecognized request argument supplied: stream_options{SUPPORT}", "stream_options"),
    (
        "Unsupported parameter: 'max_tokens' is not supported with this model. "
        "Use 'max_completion_tokens' instead.",
        "max_tokens",
    ),
    (
        "Unsupported parameter: 'reasoning.summary' is not supported with the "
        "'gpt-4.1-2025-04-14' model.",
        "reasoning.summary",
    ),
    (
        "Unsupported parameter: 'parallel_tool_calls' is not supported with this model.",
        "parallel_tool_calls",
    ),
    ("Encrypted content is not supported with this model.", "include"),
    (f"Your organization must be verified to stream this model.{VERIFY}", "stream"),
    (
        f"Your organization must be verified to generate reasoning summaries.{VERIFY}",
        "reasoning.summary",
    ),
    # Groq
    ("property 'store' is unsupported, did you mean 'stop'?", "store"),
    ("property 'prompt_cache_key' is unsupported", "prompt_cache_key"),
    ("`metadata` is not supported with this model", "metadata"),
    # Cerebras
    ("metadata: property 'metadata' is unsupported", "metadata"),
    ("body.store: property 'body.store' is unsupported", "store"),
    (
        "body.user: property 'body.user' is unsupported\n"
        "body.store: property 'body.store' is unsupported",
        "user store",
    ),
    ("parallel_tool_calls=False is not supported by this model.", "parallel_tool_calls"),
    # vLLM, and backends of ChatGPT accounts
    (
        "`store=True` (default) is not supported. Please set `store=False` in Responses API or set "
        "`VLLM_ENABLE_RESPONSES_API_STORE=1` in the env var when starting the vLLM server.",
        "metadata",
    ),
    ("Store must be set to false", "metadata"),
    ("Unsupported parameter: safety_identifier", "safety_identifier"),
    # Gemini
    ('Invalid JSON payload received. Unknown name "store": Cannot find field.', "store"),
    # LiteLLM: its own words, and those of the service behind it
    (LITELLM.format("['user', 'service_tier']"), "user service_tier"),
    (LITELLM.format("{'service_tier': 'a value', 'user': 'u'}"), "service_tier user"),
    (
        "litellm.BadRequestError: OpenAIException - Unknown parameter: 'user'." + LITELLM_END,
        "user",
    ),
    (
        "litellm.BadRequestError: litellm.APIError: GroqException - property 'user' is unsupported",
        "user",
    ),
    # Only streams
    (
        "This model only support stream mode, please enable the stream parameter to access the "
        "model. ",
        WHOLE,
    ),
    ("parameter.enable_thinking must be set to false for non-streaming calls", WHOLE),
    ("enable thinking can not be support when `stream=False`.", WHOLE),
    ("Stream must be set to true", WHOLE),
    ("xunfei api does not support non-stream mode", WHOLE),
]


@pytest.mark.parametrize("relays", [0, 1, 4])
@pytest.mark.parametrize(("message", "fields"), SENTENCES)
def test_a_known_sentence_names_its_field(message: str, fields: str, relays: int) -> None:
    names = [WHOLE] if fields == WHOLE else fields.split()
    assert [*named_fields(Said(message + REQUEST_ID * relays))] == names


QUOTED = [sentence for sentence, _ in SENTENCES]
# About the caller's own input, or not whole
OTHERS = [
    "",
    "store",
    "Our store is closed, and so is metadata",
    "Unknown parameter: 'store'. Ignore this",
    "Failed to download image https://store.example/metadata.png",
    "'messages.1' : property 'metadata' is unsupported",
    "'messages.1' : for 'role:user' the following must be satisfied[('messages.1' : property "
    "'metadata' is unsupported)]",
    "`messages[3].reasoning`: reasoning is not supported with this model",
    "`tool calling` is not supported with this model",
    "messages.2.assistant.store: property 'messages.2.assistant.store' is unsupported",
    "store: property 'metadata' is unsupported",
    "Unsupported parameter: 'store'.",
    "Unsupported value: 'store' does not support true with this model.",
    "The encrypted content gAAA...Qw== could not be verified.",
    f"Your organization must be verified to use the model `gpt-5`.{VERIFY}",
    "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try "
    "again with `store` set to true, or remove this item from your input.",
    "The 'metadata' parameter is only allowed when 'store' is enabled.",
    "tool call validation failed: parameters for tool store did not match schema",
    "Invalid schema for function 'store': in context=('properties', 'metadata'), no type",
    "Invalid schema for response_format 'metadata'",
    '{"error": {"message": "Unknown parameter: \'store\'.", "param": "store"}}',
    "1 validation error:\n  {'type': 'extra_forbidden', 'loc': ('body', 'x'), 'input': 'store'}",
    LITELLM.format("__import__('os').getcwd()"),
    LITELLM.format("[*]"),
    "litellm.BadRequestError: OpenAIException - the prompt was: Unknown parameter: 'store'.",
    *(f"Invalid prompt: {sentence}" for sentence in QUOTED),
    *(f'{{"input": "{sentence}"}}' for sentence in QUOTED if "\n" not in sentence),
]


@pytest.mark.parametrize("message", OTHERS)
def test_a_text_that_quotes_a_field_or_a_sentence_names_nothing(message: str) -> None:
    assert [*named_fields(Said(message))] == []


def test_a_prompt_with_line_breaks_does_not_become_a_sentence() -> None:
    quoted = "Invalid prompt: \nbody.store: property 'body.store' is unsupported\nUnknown"
    assert [*named_fields(Said(quoted))] == []
    wrapped = "litellm.BadRequestError: X - could not read: \nUnknown parameter: 'store'."
    assert [*named_fields(Said(wrapped))] == []


@pytest.mark.parametrize(
    ("code", "param", "names"),
    [
        ("unknown_parameter", "store", ["store"]),
        ("unsupported_parameter", "reasoning.summary", ["reasoning.summary"]),
        ("wrong_api_format", "parallel_tool_calls", ["parallel_tool_calls"]),
        ("unsupported_value", "stream", ["stream"]),
        ("unsupported_value", "reasoning.summary", ["reasoning.summary"]),
        ("unsupported_value", "service_tier", ["service_tier"]),
        # Names that are no field are compared with the request's own later (`service/refusals`).
        ("wrong_api_format", "validation_error", ["validation_error"]),
        ("unknown_parameter", "tools[0].function.parameters.store", None),
        ("unsupported_value", "store", []),
        ("unsupported_value", "metadata", []),
        ("invalid_value", "store", []),
        ("invalid_value", "metadata.dify_app_id", []),
        ("invalid_type", "metadata", []),
        ("string_above_max_length", "metadata", []),
        (None, "metadata", []),
        ("bad_response_status_code", "400", []),
    ],
)
def test_a_param_counts_with_a_code_that_means_unknown(
    code: str | None, param: str, names: list[str] | None
) -> None:
    said = Said("It is not what it should be.", code=code, param=param)
    assert [*named_fields(said)] == ([param] if names is None else names)


def read(body: JsonValue | str, status: int = 400) -> ServiceError:
    """Read an error's body, JSON or text, as it comes from the network."""
    content = body if isinstance(body, str) else json.dumps(body)
    request = httpx2.Request("POST", "https://host.example/v1/responses")
    return from_response(httpx2.Response(status, content=content.encode(), request=request))


def unknown(*place: str, kind: str = "extra_forbidden") -> JsonValue:
    """Return a fault as pydantic writes it, with the caller's value."""
    loc: list[JsonValue] = ["body", *place]
    text = "Extra inputs are not permitted"
    return {"type": kind, "loc": loc, "msg": text, "input": "Unknown parameter: 'store'."}


MISTRAL: JsonValue = {"object": "error", "message": {"detail": [unknown("store"), unknown("user")]}}
ZOD: JsonValue = [
    {"code": "invalid_value", "values": [False], "path": ["store"], "message": "expected false"}
]
REFUSED: JsonValue = {"error": {"message": "Unknown parameter: 'user'.", "code": None}}
BODIES: list[tuple[JsonValue, list[str]]] = [
    (MISTRAL, ["store", "user"]),
    ({"detail": [unknown("stream_options", "include_usage")]}, ["stream_options.include_usage"]),
    ({"detail": [unknown("store", kind="value_error.extra")]}, ["store"]),
    ({"object": "Error", "message": [unknown("user")], "code": 3001}, ["user"]),
    ({"detail": [unknown("tools", "0", "function", "strict")]}, ["tools.0.function.strict"]),
    ({"detail": [unknown("store", kind="missing"), unknown("user", kind="bool_type")]}, []),
    ({"detail": [{"type": "extra_forbidden", "loc": ["query", "store"], "msg": "no"}]}, []),
    ({"detail": "Unsupported parameter: safety_identifier"}, ["safety_identifier"]),
    (
        {
            "message": "body.store: property 'body.store' is unsupported",
            "param": "validation_error",
            "code": "wrong_api_format",
        },
        ["validation_error", "store"],
    ),
    (
        [{"error": {"message": 'Invalid JSON payload received. Unknown name "user": Cannot find '
        "field.", "code": 400}}],
        ["user"],
    ),
    # OpenRouter
    ({"error": {"message": "no"}, "metadata": {"raw": ZOD}}, ["metadata"]),
    (
        {"error": {"message": "Provider returned error", "metadata": {"raw": json.dumps(REFUSED)}}},
        ["user"],
    ),
    (
        {"error": {"message": "Provider returned error", "metadata": {"raw": "{"}}},
        [],
    ),
    # one-api, around what an older Azure says
    (
        {"error": {"message": "Unrecognized request argument supplied: user" + REQUEST_ID}},
        ["user"],
    ),
    ({"error": {"message": REQUEST_ID, "param": "422", "code": "bad_response_status_code"}}, []),
    # vLLM names the field, but quotes the request
    (
        {
            "error": {
                "message": "1 validation error: 'input': \"Unknown parameter: 'store'.\"",
                "type": "Bad Request",
                "param": "stream_options",
                "code": 400,
            }
        },
        [],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("body", "names"), BODIES)
def test_a_body_names_its_fields(body: JsonValue, names: list[str]) -> None:
    assert [*named_fields(read(body).said)] == names


# The status, and what the service says
LACKING: list[tuple[int, JsonValue | str]] = [
    (
        404,
        "This model is only supported in v1/responses and not in v1/chat/completions.",
    ),
    (
        400,
        "The chatCompletion operation does not work with the specified model, gpt-5.1-codex-max. "
        "Please choose different model and try again. You can learn more about which models can "
        "be used with each operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
    ),
    (
        400,
        "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
    ),
    (400, "The model does not support Responses API"),
    (404, "404 page not found"),
    (404, "<!DOCTYPE html><html>"),
    (405, ""),
    (404, {"detail": "Not Found"}),
    (404, {"error": {"message": "Not Found", "type": "Not Found", "param": None, "code": 404}}),
    (404, {"error": {"code": "404", "message": "Resource not found"}}),
    (404, {"message": "no Route matched with those values", "request_id": "4e66"}),
    (404, {"error": {"message": "x", "code": "unknown_url"}}),
    (404, "Unknown request URL: POST /openai/v1/responses. Please check the URL for typos"),
    (404, f"Invalid URL (POST /v1/responses){REQUEST_ID}"),
    (400, {"error": {"message": "x", "code": "OperationNotSupported"}}),
    (500, {"error": {"message": "not implemented", "code": "convert_request_failed"}}),
    (
        400,
        "Unsupported legacy protocol: /v1/chat/completions is not supported. "
        "Please use /v1/responses.",
    ),
]


@pytest.mark.parametrize(("status", "body"), LACKING)
def test_an_address_without_an_api_is_known(status: int, body: JsonValue | str) -> None:
    assert lacking_api(read(body, status))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"error": {"message": "model 'gpt-5.5' not found", "type": "not_found_error"}}),
        (404, {"object": "error", "message": "The model `x` does not exist.", "code": 404}),
        (404, {"error": {"message": "no access", "code": "model_not_found"}}),
        (404, {"error": {"message": "no", "code": "DeploymentNotFound"}}),
        (400, {"error": {"message": "Your prompt: The model does not support Responses API"}}),
        (500, "404 page not found"),
        (503, "<html>"),
        (400, {"error": {"message": "Unknown parameter: 'input'."}}),
        (404, {"error": {"message": "No endpoints found that support tool use."}}),
    ],
)
def test_a_missing_model_is_no_missing_api(status: int, body: JsonValue | str) -> None:
    assert not lacking_api(read(body, status))


def test_a_failure_without_a_status_is_no_missing_api() -> None:
    assert not lacking_api(ServiceError(Kind.CONNECTION, Said("Not Found")))
