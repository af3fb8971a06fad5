"""The rules of Responses: arguments, reasoning models, order of input items."""

from collections.abc import Iterator

from fakes.openai.errors import (
    ServiceError,
    responses_model_not_found,
    unsupported_parameter,
    unsupported_value,
)
from fakes.openai.json_types import JsonObject
from fakes.openai.models import efforts, family_of, reasons
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
from fakes.openai.tool_schemas import parameter_refusals

_SCHEMA = "CreateResponse"
_CALLS = ("function_call", "custom_tool_call", "shell_call")
_OUTPUTS = tuple(f"{name}_output" for name in _CALLS)


def _reasoning(asked: Asked) -> JsonObject:
    reasoning = asked.body.get("reasoning")
    return reasoning if isinstance(reasoning, dict) else {}


def _effort(asked: Asked) -> object:
    return _reasoning(asked).get("effort")


def _reasons(asked: Asked) -> bool:
    return reasons(asked.model or "", _effort(asked))


def _only_on_chat(asked: Asked) -> str | None:
    family = family_of(asked.model or "")
    return asked.model if family and not family.on_responses else None


def _reasoning_of_others(asked: Asked) -> str | None:
    """Find what only a reasoning model takes."""
    sent = [name for name in ("effort", "summary") if _reasoning(asked).get(name) is not None]
    return f"reasoning.{sent[0]}" if sent and cannot_reason(asked) else None


def _effort_of_others(asked: Asked) -> ServiceError | None:
    effort, taken = _effort(asked), efforts(asked.model or "", chat=False)
    if effort is None or not taken or effort in taken:
        return None
    said = f"'{effort}' is not supported with the '{asked.model}' model"
    return unsupported_value(said, "reasoning.effort", taken)


def _items(asked: Asked) -> list[JsonObject]:
    """Return the input items of a conversation that stands in this request alone."""
    sent = asked.body.get("input")
    return sent if isinstance(sent, list) and not asked.has("previous_response_id") else []


def _loose_schemas(asked: Asked) -> Iterator[ServiceError]:
    wanted = (asked.body.get("text") or {}).get("format") or {}
    if wanted.get("strict"):
        where = f"response_format '{wanted['name']}'"
        yield from strict_refusals(wanted["schema"], where, "text.format.schema")
    for index, tool in enumerate(asked.body.get("tools") or []):
        if tool["type"] == "function":
            name, parameters = tool["name"], tool.get("parameters") or {}
            param = f"tools[{index}].parameters"
            if tool.get("strict"):
                yield from strict_refusals(parameters, f"function '{name}'", param)
            if parameters:
                yield from parameter_refusals(name, parameters, param)


def _lost_previous_response(asked: Asked) -> object:
    previous, account = asked.body.get("previous_response_id"), asked.call.account.key
    kept = previous and asked.call.state.store.get(account, "response", previous)
    return None if kept else previous


def _loose_output(asked: Asked) -> str | None:
    """Find an output without its call, a call without its output, or two calls of one id."""
    called: list[str] = []
    for item in _items(asked):
        if item.get("type") in _CALLS:
            # https://github.com/earendil-works/pi/issues/9057
            if item["call_id"] in called:
                return str(item["call_id"])
            called.append(item["call_id"])
        elif item.get("type") in _OUTPUTS:
            if item["call_id"] not in called:
                return str(item["call_id"])
            called.remove(item["call_id"])
    return called[0] if called else None


def _loose_reasoning(asked: Asked) -> str | None:
    """Find a reasoning item without an item behind it that the model made as well."""
    items = _items(asked)
    for item, following in zip(items, [*items[1:], {}], strict=False):
        if item.get("type") == "reasoning" and not _by_model(following):
            return str(item["id"])
    return None


def _by_model(item: JsonObject) -> bool:
    """Return whether the model made an item; a bare assistant message without an id is none."""
    if item.get("type", "message") == "message":
        return item.get("role") == "assistant" and item.get("id") is not None
    return item["type"] not in _OUTPUTS


RULES = (
    Rule(
        lambda asked: next(iter(asked.unknown(_SCHEMA)), None),
        words("Unknown parameter: '{}'.", "{}", "unknown_parameter"),
        "https://github.com/1jehuang/jcode/issues/1028",
    ),
    Rule(
        lambda asked: not asked.has("model"),
        words("The request names no model.", "model", "missing_required_parameter"),
        "https://platform.openai.com/docs/api-reference/responses/create",
        shape=True,
    ),
    *known_model(responses_model_not_found, "error-400-responses-model-not-found"),
    Rule(
        _only_on_chat,
        words("The model {} is in v1/chat/completions alone.", "model"),
        "https://github.com/truefoundry/models/pull/2006",
    ),
    Rule(
        _reasoning_of_others,
        unsupported_parameter,
        "https://github.com/BoundaryML/baml/pull/2708",
    ),
    found(_effort_of_others, "https://github.com/openai/codex/issues/6647"),
    unsupported(
        {"temperature": 1, "top_p": 1, "top_logprobs": 0},
        _reasons,
        "https://github.com/appatalks/eva-agent/issues/83",
    ),
    published(_SCHEMA),
    *SHARED,
    first(_loose_schemas, "error-400-tool-schema"),
    Rule(
        _lost_previous_response,
        words("There is no '{}'.", "previous_response_id", "previous_response_not_found"),
        "https://github.com/maximhq/bifrost/issues/2441",
    ),
    Rule(
        _loose_output,
        words("The call {} or its output is missing, or there are two.", "input"),
        "https://github.com/router-for-me/CLIProxyAPI/issues/2368",
    ),
    Rule(
        _loose_reasoning,
        words(
            "Item '{}' of type 'reasoning' was provided without its required following item.",
            "input",
        ),
        "error-400-reasoning-item-order",
    ),
)
