"""A conversation's token count for when the service reports none; texts are in `token_count`."""

import json
from collections.abc import Sequence
from math import ceil

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    PromptMessage,
    PromptMessageTool,
)
from dify_plugin.entities.model.message import ImagePromptMessageContent as ImagePart

from models.llm.media_types import image_size
from models.token_count import count_text
from models.usage import TokenUsage

# A picture: with low detail, and otherwise for each square of 512 pixels once it is scaled to fit
# into 2048 x 2048 and its shorter side to 768, as OpenAI's guide to images and vision gives them
# for gpt-4o and gpt-4.1 (developers.openai.com/api/docs/guides/images-vision, calculating costs).
_TOKENS_PER_IMAGE = 85
_TOKENS_PER_TILE = 170
_LONGEST_SIDE, _SHORTER_SIDE, _TILE_SIDE = 2048, 768, 512
# Where the size is not known, for example of an address.
_USUAL_SIZE = (1024, 1024)

# Role and separators around every message, as OpenAI's token-counting guide gives them.
_TOKENS_PER_MESSAGE = 3
_TOKENS_PER_REPLY = 3


def count_messages(
    messages: Sequence[PromptMessage], tools: Sequence[PromptMessageTool] = ()
) -> int:
    """Estimate the input tokens of a conversation, its pictures, its calls and its tools."""
    tokens = sum(_of_message(message) + _TOKENS_PER_MESSAGE for message in messages)
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


def _of_message(message: PromptMessage) -> int:
    tokens = count_text(message.get_text_content())
    if isinstance(message, AssistantPromptMessage):
        for call in message.tool_calls:
            name, arguments = call.function.name, call.function.arguments
            tokens += count_text(name) + count_text(arguments) + _TOKENS_PER_MESSAGE
    if isinstance(message.content, list):
        parts = message.content
        tokens += sum(_of_image(part) for part in parts if isinstance(part, ImagePart))
    return tokens


def _of_image(image: ImagePart) -> int:
    if image.detail is ImagePart.DETAIL.LOW:
        return _TOKENS_PER_IMAGE
    width, height = image_size(image) or _USUAL_SIZE
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    scale = min(scale, _SHORTER_SIDE / min(width, height))
    across, down = (ceil(round(side * scale) / _TILE_SIDE) or 1 for side in (width, height))
    return _TOKENS_PER_IMAGE + _TOKENS_PER_TILE * across * down
