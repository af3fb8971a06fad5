"""What a turn hands over so that the next one goes on with the model's reasoning.

It travels through Dify as an assistant message's `opaque_body`. Hosts known today drop it; then
the next turn is built from text and calls alone, which is right as well.
"""

import json
from collections.abc import Iterable, Sequence

from dify_plugin.entities.model.message import AssistantPromptMessage
from pydantic import JsonValue

from models.llm.tool_names import allowed_name
from models.turns import give_way

# The key under which Dify's official plugin keeps the same thing.
_ITEMS = "responses_output"
# Plain messages carry these as well, unless a message names its phase.
_PLAIN_ITEMS = ("message", "function_call")
# A result line over 5 MiB ends the plugin's process; what is handed over stays far below.
_MAX_BYTES = 1 << 20


def to_opaque_body(items: Sequence[dict[str, JsonValue]]) -> JsonValue:
    """Return the output items of a completed response.

    None if plain messages carry them all, or if one of them cannot be handed back: then the next
    turn is built from text and calls.
    """
    if all(item.get("type") in _PLAIN_ITEMS and not item.get("phase") for item in items):
        return None
    # Without it a reasoning item is an id, and of a response that was not stored that is nothing.
    if any(item.get("type") == "reasoning" and not item.get("encrypted_content") for item in items):
        return None
    if any(_misnamed(item) for item in items):
        return None
    # Dify knows results of functions alone; those of custom and other tools are of their own types.
    if any(item.get("type") != "function_call" for item in _waiting(items)):
        return None
    handed_over: list[JsonValue] = list(items)
    return {_ITEMS: handed_over} if len(json.dumps(handed_over)) <= _MAX_BYTES else None


def handed_back(message: AssistantPromptMessage) -> list[JsonValue] | None:
    """Return the items that a message brings back, None if they call anything else than it does.

    A call that is missing would leave a result alone, and one too many would have none; one of a
    name that no tool can have is renamed where the turn is built from text and calls.
    """
    body = message.opaque_body
    items = body.get(_ITEMS) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        return None
    objects = [item for item in items if isinstance(item, dict)]
    waiting = _waiting(objects)
    complete = len(objects) == len(items) and len(waiting) == len(message.tool_calls)
    if not complete or any(_misnamed(item) for item in objects):
        return None
    ids = _ids_of(waiting)
    return items if all(call.id in ids for call in message.tool_calls) else None


def _misnamed(item: dict[str, JsonValue]) -> bool:
    """Return whether an item calls what no tool can be called: models make names up, and services
    refuse them in history (langgenius/dify#22867)."""
    name = item.get("name")
    return item.get("type") == "function_call" and allowed_name(str(name)) != name


def _waiting(items: Sequence[dict[str, JsonValue]]) -> list[dict[str, JsonValue]]:
    """Return the calls whose output is not among the items."""
    answered = _ids_of(item for item in items if _is_output(item))
    called = (item for item in items if item.get("call_id") is not None)
    return [item for item in called if _id_of(item) not in answered]


def _ids_of(items: Iterable[dict[str, JsonValue]]) -> set[str]:
    return {own for item in items if (own := _id_of(item)) is not None}


def _id_of(item: dict[str, JsonValue]) -> str | None:
    """Return a call's id; what is no text is none: it may be anything, also what no set takes."""
    own = item.get("call_id")
    return own if isinstance(own, str) else None


def _is_output(item: dict[str, JsonValue]) -> bool:
    give_way()
    return str(item.get("type")).endswith("_output")
