"""A token count for when the service reports none: offline, cheap, and only an estimate.

No vocabulary is loaded: the published ones are downloads, and a model call must neither wait for
one nor fail without it. The figures below are rules of thumb for OpenAI's current vocabularies.
"""

import json
import re
from collections.abc import Sequence

from dify_plugin.entities.model.message import PromptMessage, PromptMessageTool

from models.usage_line import TokenUsage

# Runs of Latin letters, of digits, of other alphabets (up to U+2E7F), and single signs: a token
# hardly ever spans two of them. Chinese, Japanese and Korean count one token a character.
_PIECES = re.compile(r"([A-Za-z]+)|([0-9]+)|([^\W\x00-\x7f\u2e80-\U0010ffff]+)|[^\s]")
_CHARACTERS_PER_TOKEN = {1: 5, 2: 3, 3: 3}

# Role and separators around every message, as OpenAI's token-counting guide gives them.
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_REPLY = 3


def count_text(text: str) -> int:
    """Estimate the tokens of a text; 0 for an empty one, never an error."""
    return sum(_tokens_of(piece) for piece in _PIECES.finditer(text))


def count_messages(
    messages: Sequence[PromptMessage], tools: Sequence[PromptMessageTool] = ()
) -> int:
    """Estimate the input tokens of a conversation and its tool definitions."""
    tokens = sum(
        count_text(message.get_text_content()) + _TOKENS_PER_MESSAGE for message in messages
    )
    definitions = [tool.model_dump(mode="json") for tool in tools]
    if definitions:
        tokens += count_text(json.dumps(definitions, ensure_ascii=False))
    return tokens + _TOKENS_PER_REPLY


def estimate_usage(
    messages: Sequence[PromptMessage], tools: Sequence[PromptMessageTool], text: str
) -> TokenUsage:
    """Estimate the usage of a call from its messages and the text of its answer."""
    return TokenUsage(
        input=count_messages(messages, tools), output=count_text(text), estimated=True
    )


def _tokens_of(piece: re.Match[str]) -> int:
    if piece.lastindex is None:
        return 1
    return -(-len(piece.group()) // _CHARACTERS_PER_TOKEN[piece.lastindex])
