"""The estimate is offline, never fails, and is of the right order."""

import pytest
from dify_plugin.entities.model.message import (
    PromptMessage,
    PromptMessageTool,
    SystemPromptMessage,
    UserPromptMessage,
)

from models.llm.token_estimate import count_messages, count_text, estimate_usage


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", 0),
        ("   \n\t ", 0),
        ("Hello, world!", 4),
        ("12345678", 3),
        ("你好世界", 4),
        ("Привет", 2),
        ("😀", 1),
    ],
)
def test_texts(text: str, tokens: int) -> None:
    assert count_text(text) == tokens


@pytest.mark.parametrize(
    "text", ["<|endoftext|>", "<|im_start|>system<|im_end|>", "\ud800", "\x00" * 9]
)
def test_special_tokens_and_odd_characters_are_ordinary_text(text: str) -> None:
    assert count_text(text) > 0


def test_messages_and_tools_count() -> None:
    messages: list[PromptMessage] = [
        SystemPromptMessage(content="Be brief."),
        UserPromptMessage(content="Hi"),
    ]
    tool = PromptMessageTool(name="search", description="Find", parameters={"type": "object"})
    alone = count_messages(messages)
    assert alone == count_text("Be brief.") + count_text("Hi") + 9
    assert count_messages(messages, [tool]) > alone


def test_an_estimated_usage_says_so() -> None:
    usage = estimate_usage([UserPromptMessage(content="Hi")], (), "Hello there")
    assert usage.estimated
    assert usage.output == 2
