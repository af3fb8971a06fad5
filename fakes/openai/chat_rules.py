"""The rules of Chat Completions: arguments, reasoning models, order of tool messages."""

from collections.abc import Iterator

from fakes.openai.azure import no_chat_operation
from fakes.openai.call import Service
from fakes.openai.errors import (
    ServiceError,
    chat_model_not_found,
    invalid_request,
    unrecognized_arguments,
    unsupported_parameter,
    unsupported_value,
)
from fakes.openai.models import efforts, is_reasoning_model, reasons, refuses_chat_tools
from fakes.openai.rules import (
    SHARED,
    Asked,
    Rule,
    cannot_reason,
    first,
    found,
    known_model,
    published,
    unsupported,
    words,
)
from fakes.openai.strict_schemas import strict_refusals
from fakes.openai.text_api import texts_of
from fakes.openai.tool_schemas import parameter_refusals

_SCHEMA = "CreateChatCompletionRequest"
# Arguments that only Azure has (learn.microsoft.com, Azure OpenAI REST API reference).
_AZURE_ARGUMENTS = frozenset({"data_sources", "user_security_context"})
# When Azure's dated path learned an argument.
_AZURE_SINCE = {
    "metadata": "2024-10-01-preview",
    "store": "2024-10-01-preview",
    "stream_options": "2024-09-01-preview",
}
# What a reasoning model refuses, with the one value that it tolerates.
_NOT_FOR_REASONING: dict[str, object] = {
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logprobs": False,
    "top_logprobs": None,
    "logit_bias": {},
    "stop": None,
}


def _reasons(asked: Asked) -> bool:
    return reasons(asked.model or "", asked.body.get("reasoning_effort"))


def _too_early_for_azure(asked: Asked) -> list[str]:
    if asked.call.service is not Service.AZURE_DATED:
        return []
    version = asked.call.query["api-version"]
    return [name for name, since in _AZURE_SINCE.items() if version < since and name in asked.body]


def _max_tokens(asked: Asked) -> bool:
    return is_reasoning_model(asked.model or "") and asked.has("max_tokens")


def _elsewhere(asked: Asked) -> ServiceError | None:
    model = asked.model or ""
    message = asked.call.state.models.not_on_chat(model)
    if not message:
        return None
    if asked.call.is_azure:
        return no_chat_operation(model)
    return invalid_request(message, "model", status=404)


def _effort_of_others(asked: Asked) -> ServiceError | None:
    effort, taken = asked.body.get("reasoning_effort"), efforts(asked.model or "", chat=True)
    if effort is None or not taken or effort in taken:
        return None
    said = f"'reasoning_effort' does not support '{effort}' with this model"
    return unsupported_value(said, "reasoning_effort", taken)


def _streamed_format(asked: Asked) -> str | None:
    wanted = (asked.body.get("audio") or {}).get("format")
    return wanted if asked.body.get("stream") and wanted != "pcm16" else None


def _tools_while_reasoning(asked: Asked) -> str | None:
    model, effort = asked.model or "", asked.body.get("reasoning_effort")
    refused = asked.body.get("tools") and refuses_chat_tools(model, effort)
    return model if refused else None


def _json_mode_without_the_word(asked: Asked) -> bool:
    wanted = (asked.body.get("response_format") or {}).get("type") == "json_object"
    return wanted and "json" not in " ".join(texts_of(asked.body["messages"])).lower()


def _loose_schemas(asked: Asked) -> Iterator[ServiceError]:
    schema = (asked.body.get("response_format") or {}).get("json_schema") or {}
    if schema.get("strict"):
        where = f"response_format '{schema['name']}'"
        yield from strict_refusals(schema.get("schema", {}), where, "response_format")
    for index, tool in enumerate(asked.body.get("tools") or []):
        if function := tool.get("function"):
            name, parameters = function["name"], function.get("parameters") or {}
            param = f"tools[{index}].function.parameters"
            if function.get("strict"):
                yield from strict_refusals(parameters, f"function '{name}'", param)
            if parameters:
                yield from parameter_refusals(name, parameters, param)


def _loose_tool_messages(asked: Asked) -> Iterator[ServiceError]:
    """Refuse a tool message without its call, or a call without its tool message."""
    waiting: list[str] = []
    for index, message in enumerate([*asked.body["messages"], {"role": "end"}]):
        param = f"messages.[{index}].role"
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield invalid_request("A tool message follows no `tool_calls`.", param)
            else:
                waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            yield invalid_request(f"No tool message answers {', '.join(waiting)}.", param)
        waiting = [call["id"] for call in message.get("tool_calls") or []]
        if len({*waiting}) < len(waiting):
            # https://github.com/agno-agi/agno/issues/5116
            yield invalid_request("Duplicate value for 'tool_call_id'.", param)


RULES = (
    Rule(
        _too_early_for_azure,
        unrecognized_arguments,
        "https://github.com/Azure/azure-sdk-for-java/issues/42210",
    ),
    Rule(
        lambda asked: asked.unknown(
            _SCHEMA, _AZURE_ARGUMENTS if asked.call.is_azure else frozenset()
        ),
        unrecognized_arguments,
        "https://github.com/davidmigloz/langchain_dart/issues/712",
    ),
    Rule(
        lambda asked: not asked.names_model,
        words("The request names no model."),
        f"openapi.json {_SCHEMA}",
        shape=True,
    ),
    *known_model(chat_model_not_found, "error-404-chat"),
    found(_elsewhere, "https://github.com/alvinunreal/tmuxai/issues/82"),
    Rule(
        _max_tokens,
        lambda _: unsupported_parameter("max_tokens", "max_completion_tokens"),
        "error-400-max-tokens",
    ),
    Rule(
        lambda asked: asked.has("reasoning_effort") and cannot_reason(asked),
        lambda _: unrecognized_arguments(["reasoning_effort"]),
        "https://github.com/davidmigloz/langchain_dart/issues/712",
    ),
    found(_effort_of_others, "https://github.com/genkit-ai/genkit/pull/6303"),
    # A client reads from it that there is another API.
    Rule(
        _tools_while_reasoning,
        words(
            "Function tools with reasoning_effort are not supported for {} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set "
            "reasoning_effort to 'none'.",
            "reasoning_effort",
        ),
        "https://github.com/GEMISIS/leviath/issues/333",
    ),
    Rule(
        lambda asked: (
            asked.has("temperature") and asked.body["temperature"] != 1 and _reasons(asked)
        ),
        words("Only temperature 1 is taken.", "temperature", "unsupported_value"),
        "https://github.com/owndev/Open-WebUI-Functions/issues/98",
    ),
    unsupported(_NOT_FOR_REASONING, _reasons, "https://github.com/chatboxai/chatbox/issues/2627"),
    published(_SCHEMA, without=_AZURE_ARGUMENTS),
    *SHARED,
    Rule(
        lambda asked: "audio" in (asked.body.get("modalities") or ()) and not asked.has("audio"),
        words("Missing required parameter: 'audio'.", "audio", "missing_required_parameter"),
        f"openapi.json {_SCHEMA}",
    ),
    Rule(
        _streamed_format,
        words(
            "Unsupported value: 'audio.format' does not support '{}' when stream=true. Supported "
            "values are: 'pcm16'.",
            "audio.format",
            "unsupported_value",
        ),
        "https://github.com/Agent-Field/agentfield/issues/584",
    ),
    Rule(
        _json_mode_without_the_word,
        words("No message has the word json.", "messages"),
        "https://github.com/mem0ai/mem0/issues/3559",
    ),
    first(_loose_schemas, "error-400-tool-schema"),
    first(_loose_tool_messages, "https://github.com/miurla/morphic/issues/136"),
)
