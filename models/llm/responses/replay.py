"""What a turn hands over so that the next one goes on with the model's reasoning.

It travels through Dify as an assistant message's `opaque_body`. Hosts known today drop it; then
the next turn is built from text and calls alone, which is right as well.
"""

import json
from collections.abc import Sequence

from dify_plugin.entities.model.message import AssistantPromptMessage
from pydantic import JsonValue

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
    if not all(_can_be_handed_back(item) for item in items):
        return None
    handed_over: list[JsonValue] = list(items)
    return {_ITEMS: handed_over} if len(json.dumps(handed_over)) <= _MAX_BYTES else None


def _can_be_handed_back(item: dict[str, JsonValue]) -> bool:
    match item.get("type"):
        case "reasoning":
            # Without it the item is an id, and of a response that was not stored that is nothing.
            return bool(item.get("encrypted_content"))
        case "custom_tool_call":
            # Its result would have to be of a type of its own, which Dify does not know.
            return False
        case _:
            return True


def handed_back(message: AssistantPromptMessage) -> list[JsonValue] | None:
    """Return the items that a message brings back, None if they do not hold all of its calls."""
    body = message.opaque_body
    items = body.get(_ITEMS) if isinstance(body, dict) else None
    if not isinstance(items, list) or not items:
        return None
    objects = [item for item in items if isinstance(item, dict)]
    # A list: what came back may be anything, also what no set takes.
    calls = [item.get("call_id") for item in objects]
    complete = len(objects) == len(items) and all(call.id in calls for call in message.tool_calls)
    return items if complete else None
