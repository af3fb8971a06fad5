"""Dify's prompt messages -> the messages of Chat Completions."""

from collections.abc import Sequence

from dify_plugin.entities.model.message import PromptMessage
from pydantic import JsonValue

from models.llm.plain_text import text_of


def to_messages(messages: Sequence[PromptMessage]) -> list[JsonValue]:
    """Return one message for each that has text, in order.

    Raises InvokeBadRequestError for content that is not text.
    """
    return [
        {"role": message.role.value, "content": text}
        for message in messages
        if (text := text_of(message))
    ]
