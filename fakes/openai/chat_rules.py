"""The rules of Chat Completions: arguments, reasoning models, order of tool messages."""

from fakes.openai import azure, rules
from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import chat_model_not_found, invalid_request, unrecognized_arguments
from fakes.openai.json_types import JsonObject
from fakes.openai.models import family_name, is_reasoning_model, reasons, refuses_chat_tools
from fakes.openai.strict_schemas import check_strict_schema
from fakes.openai.text_api import GenerationRequest, texts_in

_SCHEMA = "CreateChatCompletionRequest"
# Arguments that only Azure has (its REST reference).
_AZURE_ARGUMENTS = frozenset({"data_sources", "user_security_context"})
# What a reasoning model refuses, with the one value that it tolerates.
_NOT_FOR_REASONING: JsonObject = {
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logprobs": False,
    "top_logprobs": None,
    "logit_bias": {},
    "stop": None,
}


def check_chat(sandbox: Sandbox, call: Call) -> GenerationRequest:
    """Apply the rules in the service's order; raise its refusal."""
    body = call.json_object()
    rules.check_refused_arguments(call, body)
    _check_arguments(sandbox, call, body)
    model = rules.base_model(call, body, chat_model_not_found(str(body.get("model"))))
    _check_model(sandbox, model, body)
    published = {key: value for key, value in body.items() if key not in _AZURE_ARGUMENTS}
    rules.check_schema(sandbox, _SCHEMA, {"model": model} | published)
    stores = body.get("store") is True
    rules.check_metadata(body, stores=stores)
    _check_options(body)
    _check_tool_messages(body["messages"])
    return GenerationRequest(
        body=body,
        model=sandbox.models.dated_name(model),
        azure=call.is_azure,
        streams=body.get("stream") is True,
        stores=stores,
    )


def _check_arguments(sandbox: Sandbox, call: Call, body: JsonObject) -> None:
    azure.check_chat_arguments(call, body)
    known = sandbox.schema.arguments(_SCHEMA)
    if call.is_azure:
        known |= _AZURE_ARGUMENTS
    if unknown := sorted(set(body) - known):
        raise unrecognized_arguments(unknown)
    if body.get("model") is None and call.deployment is None:
        raise invalid_request("you must provide a model parameter")


def _check_model(sandbox: Sandbox, model: str, body: JsonObject) -> None:
    if family_name(model) in sandbox.models.responses_only:
        message = "This model is only supported in v1/responses and not in v1/chat/completions."
        raise invalid_request(message, "model", status=404)
    if is_reasoning_model(model) and body.get("max_tokens") is not None:
        raise rules.unsupported_parameter("max_tokens", "max_completion_tokens")
    effort = body.get("reasoning_effort")
    if body.get("tools") and refuses_chat_tools(model, effort):
        message = (
            f"Function tools with reasoning_effort are not supported for {model} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set "
            "reasoning_effort to 'none'."
        )
        raise invalid_request(message, "reasoning_effort")
    if not reasons(model, effort):
        return
    temperature = body.get("temperature")
    if temperature is not None and temperature != 1:
        message = (
            f"Unsupported value: 'temperature' does not support {temperature} with this model. "
            "Only the default (1) value is supported."
        )
        raise invalid_request(message, "temperature", "unsupported_value")
    rules.check_unsupported(body, _NOT_FOR_REASONING)


def _check_options(body: JsonObject) -> None:
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid_request(message, "stream_options")
    response_format = body.get("response_format") or {}
    if response_format.get("type") == "json_object":
        texts = [text for item in body["messages"] for text in texts_in(item.get("content"))]
        if "json" not in " ".join(texts).lower():
            message = (
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'."
            )
            raise invalid_request(message, "messages")
    schema = response_format.get("json_schema") or {}
    if schema.get("strict"):
        where = f"response_format '{schema['name']}'"
        check_strict_schema(schema.get("schema", {}), where, "response_format")
    for index, tool in enumerate(body.get("tools") or []):
        function = tool.get("function") or {}
        if function.get("strict"):
            where = f"function '{function['name']}'"
            param = f"tools[{index}].function.parameters"
            check_strict_schema(function.get("parameters", {}), where, param)


def _check_tool_messages(messages: list[JsonObject]) -> None:
    """Refuse a tool message without its call, and a call without its tool message."""
    waiting: list[str] = []
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                text = (
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'."
                )
                raise invalid_request(text, f"messages.[{index}].role")
            waiting.remove(message["tool_call_id"])
            continue
        _check_answered(waiting, index)
        waiting = [call["id"] for call in message.get("tool_calls") or []]
    _check_answered(waiting, len(messages))


def _check_answered(waiting: list[str], index: int) -> None:
    if waiting:
        text = (
            "An assistant message with 'tool_calls' must be followed by tool messages responding "
            "to each 'tool_call_id'. The following tool_call_ids did not have response messages: "
            + ", ".join(waiting)
        )
        raise invalid_request(text, f"messages.[{index}].role")
