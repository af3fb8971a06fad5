"""Prompt messages in the JSON shape in which they reach a plugin.

The daemon decodes Dify's messages and encodes them again (PromptMessage in dify-plugin-daemon:
pkg/entities/model_entities/llm.go): a plugin sees `name: ""` and `tool_calls: null` where Dify sent
nothing, and never a key that the daemon does not know.
"""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.results import ContentPart


def system_message(text: str) -> JsonObject:
    """Build a system message."""
    return to_sent_message({"role": "system", "content": text})


def user_message(content: str | Sequence[Mapping[str, JsonValue]]) -> JsonObject:
    """Build a user message of a text or of parts (text, image, audio, video, document)."""
    parts: JsonValue = content if isinstance(content, str) else [dict(part) for part in content]
    return to_sent_message({"role": "user", "content": parts})


def assistant_message(text: str, tool_calls: Sequence[JsonObject] = ()) -> JsonObject:
    """Build an assistant message; Dify always sends the list of tool calls, empty or not."""
    return to_sent_message({"role": "assistant", "content": text, "tool_calls": list(tool_calls)})


def tool_message(tool_call_id: str, text: str) -> JsonObject:
    """Build the answer to the tool call with this id."""
    return to_sent_message({"role": "tool", "content": text, "tool_call_id": tool_call_id})


def tool_call(call_id: str, name: str, arguments: str) -> JsonObject:
    """Build a tool call of an assistant message; `arguments` is JSON as text."""
    function: JsonObject = {"name": name, "arguments": arguments}
    return {"id": call_id, "type": "function", "function": function}


def to_sent_message(message: Mapping[str, JsonValue]) -> JsonObject:
    """Return a message of Dify as the daemon sends it on.

    Raises:
        ValueError: the daemon refuses the request: no role, or a content that is neither a text
            nor a list.
    """
    role, content = message.get("role"), message.get("content")
    if not role:
        raise ValueError("A prompt message has no role; the daemon refuses the request.")
    if not isinstance(content, str | list):
        raise ValueError(
            f"The content of a prompt message of the role {role!r} is neither a text nor a list;"
            ' the daemon refuses the request, use "" for no text.'
        )
    return {
        "role": role,
        "content": content if isinstance(content, str) else [_to_sent_part(p) for p in content],
        "name": message.get("name") or "",
        "tool_calls": message.get("tool_calls"),
        "tool_call_id": message.get("tool_call_id") or "",
        **_opaque_body(message),
    }


def _to_sent_part(part: JsonValue) -> JsonObject:
    if not isinstance(part, dict):
        raise ValueError("A part of a prompt message is no object; the daemon refuses the request.")
    return {field: part.get(field) or "" for field in ContentPart.model_fields} | _opaque_body(part)


def _opaque_body(holder: Mapping[str, JsonValue]) -> JsonObject:
    return {"opaque_body": holder["opaque_body"]} if "opaque_body" in holder else {}
