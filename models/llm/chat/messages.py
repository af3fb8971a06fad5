"""Dify's prompt messages -> the messages of Chat Completions."""

from collections.abc import Sequence

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    AudioPromptMessageContent,
    DocumentPromptMessageContent,
    ImagePromptMessageContent,
    PromptMessage,
    PromptMessageContent,
    PromptMessageRole,
    TextPromptMessageContent,
    ToolPromptMessage,
)
from pydantic import JsonValue

from models.llm.content_parts import (
    address_of,
    data_uri_of,
    filename_of,
    only_text_of,
    parts_of,
    spoken_text_of,
    text_of,
    unsupported,
)
from models.llm.media_types import format_of
from models.llm.tool_history import with_paired_calls
from models.llm.tool_names import allowed_name


def to_messages(messages: Sequence[PromptMessage]) -> list[JsonValue]:
    """Return the messages in order, without those that say nothing.

    Raises InvokeBadRequestError for content that Chat Completions does not take.
    """
    converted = (_to_message(message) for message in with_paired_calls(messages))
    return [message for message in converted if message is not None]


def _to_message(message: PromptMessage) -> dict[str, JsonValue] | None:
    match message:
        case ToolPromptMessage():
            # Kept when empty: every call needs its result.
            result: dict[str, JsonValue] = {
                "role": "tool",
                "tool_call_id": message.tool_call_id,
                "content": text_of(message),
            }
            return result
        case AssistantPromptMessage():
            result = _from_assistant(message)
        case _ if message.role is PromptMessageRole.USER:
            result = {"role": "user", "content": _user_content(message)}
        case _:
            result = {"role": message.role.value, "content": text_of(message)}
    if not result["content"] and "tool_calls" not in result:
        return None
    if message.name:
        result["name"] = message.name
    return result


def _from_assistant(message: AssistantPromptMessage) -> dict[str, JsonValue]:
    text = spoken_text_of(message)
    if not message.tool_calls:
        return {"role": "assistant", "content": text}
    calls: list[JsonValue] = [
        {
            "id": call.id,
            "type": "function",
            "function": {
                "name": allowed_name(call.function.name),
                "arguments": call.function.arguments,
            },
        }
        for call in message.tool_calls
    ]
    return {"role": "assistant", "content": text or None, "tool_calls": calls}


def _user_content(message: PromptMessage) -> JsonValue:
    text = only_text_of(message)
    return [_to_part(part) for part in parts_of(message)] if text is None else text


def _to_part(part: PromptMessageContent) -> JsonValue:
    match part:
        case TextPromptMessageContent(data=text):
            return {"type": "text", "text": text}
        case ImagePromptMessageContent():
            image: JsonValue = {"url": address_of(part), "detail": part.detail.value}
            return {"type": "image_url", "image_url": image}
        case AudioPromptMessageContent() if part.base64_data:
            audio: JsonValue = {"data": part.base64_data, "format": format_of(part)}
            return {"type": "input_audio", "input_audio": audio}
        case DocumentPromptMessageContent() if part.base64_data:
            file: JsonValue = {"filename": filename_of(part), "file_data": data_uri_of(part)}
            return {"type": "file", "file": file}
        case AudioPromptMessageContent() | DocumentPromptMessageContent():
            raise unsupported(
                part,
                "Chat Completions takes no address of a file: set API protocol to Responses, or "
                "MULTIMODAL_SEND_FORMAT to base64 in Dify",
            )
        case _:
            raise unsupported(part, "leave it out")
