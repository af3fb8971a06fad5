"""Dify's prompt messages -> the input items of the Responses API."""

from collections.abc import Sequence

from dify_plugin.entities.model.message import PromptMessage
from pydantic import JsonValue

from models.llm.plain_text import text_of


def to_input_items(messages: Sequence[PromptMessage]) -> list[JsonValue]:
    """Return one message item for each message that has text, in order.

    Raises InvokeBadRequestError for content that is not text.
    """
    return [
        {"type": "message", "role": message.role.value, "content": text}
        for message in messages
        if (text := text_of(message))
    ]
