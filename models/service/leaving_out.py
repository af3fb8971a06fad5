"""How a request is made without a field that an endpoint refuses.

`metadata` and `store` are recognised here and left out by their owner, `llm/_metadata`.
"""

import re
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from models.failures.refused import FOREIGN_REASONING, WHOLE

type Body = dict[str, JsonValue]

_ENCRYPTED_REASONING = "reasoning.encrypted_content"


def _drop(name: str) -> Callable[[Body], object]:
    return lambda body: body.pop(name, None)


def _rename(old: str, new: str) -> Callable[[Body], None]:
    def without(body: Body) -> None:
        if old in body:
            body[new] = body.pop(old)

    return without


def _ask_for_a_stream(body: Body) -> None:
    body["stream"] = True
    if "messages" in body:
        body["stream_options"] = {"include_usage": True}


def _drop_stream(body: Body) -> None:
    body.pop("stream", None)
    body.pop("stream_options", None)


def _drop_encrypted_reasoning(body: Body) -> None:
    include = body.get("include")
    values = include if isinstance(include, list) else []
    _put(body, "include", [value for value in values if value != _ENCRYPTED_REASONING])


def _drop_inner(outer: str, name: str) -> Callable[[Body], None]:
    def without(body: Body) -> None:
        value = body.get(outer)
        kept = dict(value) if isinstance(value, dict) else {}
        kept.pop(name, None)
        _put(body, outer, kept)

    return without


def _drop_effort(path: str, effort: str) -> Callable[[Body], None]:
    """Return what leaves out this effort alone: another app's may be one that the model has."""

    def without(body: Body) -> None:
        if _value_at(body, path) == effort:
            outer, _, name = path.partition(".")
            _drop_inner(outer, name)(body) if name else body.pop(path)

    return without


def _value_at(body: Body, path: str) -> JsonValue:
    """Return what stands at a path of one or two names, None where nothing does."""
    outer, _, name = path.partition(".")
    value = body.get(outer)
    if not name:
        return value
    return value.get(name) if isinstance(value, dict) else None


def _drop_strict(body: Body) -> None:
    tools = body.get("tools")
    _put(body, "tools", [_not_strict(tool) for tool in tools] if isinstance(tools, list) else [])


def _not_strict(tool: JsonValue) -> JsonValue:
    if not isinstance(tool, dict):
        return tool
    kept = {name: value for name, value in tool.items() if name != "strict"}
    if isinstance(function := kept.get("function"), dict):
        kept["function"] = {name: function[name] for name in function if name != "strict"}
    return kept


def _drop_reasoning_items(body: Body) -> None:
    items = body.get("input")
    if isinstance(items, list):
        _put(body, "input", [_without_id(item) for item in items if not _is_reasoning(item)])


def _is_reasoning(item: JsonValue) -> bool:
    return isinstance(item, dict) and item.get("type") == "reasoning"


def _without_id(item: JsonValue) -> JsonValue:
    """Return a call or a message as if it were new: under its old id the service asks for the
    reasoning that it followed (openai/openai-agents-python#569)."""
    if not isinstance(item, dict) or item.get("type") not in {"function_call", "message"}:
        return item
    return {name: value for name, value in item.items() if name != "id"}


def _put(body: Body, name: str, value: JsonValue) -> None:
    if value:
        body[name] = value
    else:
        body.pop(name, None)


# Where a reasoning effort stands, on Chat Completions and on Responses.
_EFFORTS = ("reasoning_effort", "reasoning.effort")

_TOOLS_STRICT = re.compile(r"tools(\[\d+\]|\.\d+)?(\.function)?\.strict")
_ATTRIBUTION = frozenset({"metadata", "store"})
# In the order in which they are applied. A name is the field's path as errors write it; a reasoning
# effort is refused by its value.
_WITHOUT: Mapping[str, Callable[[Body], object]] = {
    WHOLE: _ask_for_a_stream,
    "stream": _drop_stream,
    "stream_options": _drop("stream_options"),
    "include": _drop_encrypted_reasoning,
    FOREIGN_REASONING: _drop_reasoning_items,
    "reasoning.summary": _drop_inner("reasoning", "summary"),
    **{
        f"{path}={effort}": _drop_effort(path, effort)
        for path in _EFFORTS
        for effort in ("none", "minimal", "low", "medium", "high", "xhigh", "max")
    },
    "verbosity": _drop("verbosity"),
    "text.verbosity": _drop_inner("text", "verbosity"),
    "temperature": _drop("temperature"),
    "top_p": _drop("top_p"),
    "presence_penalty": _drop("presence_penalty"),
    "frequency_penalty": _drop("frequency_penalty"),
    "stop": _drop("stop"),
    "prompt_cache_key": _drop("prompt_cache_key"),
    "safety_identifier": _drop("safety_identifier"),
    "user": _drop("user"),
    "service_tier": _drop("service_tier"),
    "parallel_tool_calls": _drop("parallel_tool_calls"),
    "encoding_format": _drop("encoding_format"),
    "tools.strict": _drop_strict,
    "max_tokens": _rename("max_tokens", "max_completion_tokens"),
    "max_completion_tokens": _rename("max_completion_tokens", "max_tokens"),
}


def without(body: Body, refused: frozenset[str]) -> Body:
    """Return a body as an endpoint takes it that refuses these fields; `body` is not changed.

    `metadata` and `store` are left to `llm/_metadata`.
    """
    left = dict(body)
    if refused:
        for name, do_without in _WITHOUT.items():
            if name in refused:
                do_without(left)
    return left


def sent_as(name: str, body: Body) -> str | None:
    """Return the field of `body` that an error names, None if it is not one to do without."""
    field = "tools.strict" if _TOOLS_STRICT.fullmatch(name) else name
    field = "stream_options" if name == "stream_options.include_usage" else field
    if not _holds(body, field):
        return None
    if field in _EFFORTS:
        field = f"{field}={_value_at(body, field)}"
        return field if field in _WITHOUT else None
    return field


def _holds(body: Body, field: str) -> bool:
    """Return whether a body has a field, at its path, that a call can do without."""
    match field, body.get(field.split(".", maxsplit=1)[0]):
        case "include", list(values):
            return _ENCRYPTED_REASONING in values
        case "reasoning.summary" | "reasoning.effort" | "text.verbosity" as path, dict():
            return _value_at(body, path) is not None
        case "tools.strict", list():
            return True
        case str(name), _ if name == FOREIGN_REASONING:
            items = body.get("input")
            return isinstance(items, list) and any(_is_reasoning(item) for item in items)
        case str(name), _ if name == WHOLE:
            return body.get("stream") is not True
        case _:
            known = field in _WITHOUT or field in _ATTRIBUTION or field in _EFFORTS
            return known and field in body
