"""Dify's prompt messages -> the input items of the Responses API."""

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
from models.llm.responses.replay import handed_back
from models.llm.tool_history import with_paired_calls
from models.llm.tool_names import allowed_name


def to_input_items(messages: Sequence[PromptMessage]) -> list[JsonValue]:
    """Return the items in order, without messages that say nothing.

    An assistant message that brings back the items it was made from is replaced by them, so that
    the model goes on with its reasoning; without them it is built from its text and calls alone.
    Raises InvokeBadRequestError for content that Responses does not take.
    """
    return [item for message in with_paired_calls(messages) for item in _to_items(message)]


def _to_items(message: PromptMessage) -> list[JsonValue]:
    match message:
        case ToolPromptMessage():
            # Kept when empty: every call needs its result.
            output: JsonValue = _content(message) or ""
            return [
                {
                    "type": "function_call_output",
                    "call_id": message.tool_call_id,
                    "output": output,
                }
            ]
        case AssistantPromptMessage():
            return _from_assistant(message)
        case _ if message.role is PromptMessageRole.USER:
            return _message(message, _content(message))
        case _:
            return _message(message, text_of(message))


def _from_assistant(message: AssistantPromptMessage) -> list[JsonValue]:
    if (items := handed_back(message)) is not None:
        return items
    calls: list[JsonValue] = [
        {
            "type": "function_call",
            "call_id": call.id,
            "name": allowed_name(call.function.name),
            "arguments": call.function.arguments,
        }
        for call in message.tool_calls
    ]
    return _message(message, spoken_text_of(message)) + calls


def _message(message: PromptMessage, content: JsonValue) -> list[JsonValue]:
    if not content:
        return []
    return [{"type": "message", "role": message.role.value, "content": content}]


def _content(message: PromptMessage) -> JsonValue:
    text = only_text_of(message)
    return [_to_part(part) for part in parts_of(message)] if text is None else text


def _to_part(part: PromptMessageContent) -> JsonValue:
    match part:
        case TextPromptMessageContent(data=text):
            return {"type": "input_text", "text": text}
        case ImagePromptMessageContent():
            return {
                "type": "input_image",
                "image_url": address_of(part),
                "detail": part.detail.value,
            }
        case DocumentPromptMessageContent() if part.base64_data:
            return {
                "type": "input_file",
                "filename": filename_of(part),
                "file_data": data_uri_of(part),
            }
        case DocumentPromptMessageContent():
            return {"type": "input_file", "file_url": part.url}
        case AudioPromptMessageContent():
            raise unsupported(
                part, "set API protocol to Chat Completions and choose a model that takes audio"
            )
        case _:
            raise unsupported(part, "leave it out")
