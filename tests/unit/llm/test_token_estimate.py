"""The estimate is offline, never fails, and is of the right order."""

from base64 import b64encode

import pytest
from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    ImagePromptMessageContent,
    PromptMessage,
    PromptMessageTool,
    SystemPromptMessage,
    UserPromptMessage,
)

from models.llm.token_estimate import count_messages, estimate_usage
from models.token_count import count_text


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


def test_the_calls_of_an_assistant_count() -> None:
    function = AssistantPromptMessage.ToolCall.ToolCallFunction(
        name="search", arguments='{"query": "the colour of the sky at night"}'
    )
    call = AssistantPromptMessage.ToolCall(id="c", type="function", function=function)
    alone = count_messages([AssistantPromptMessage(content="")])
    for calls in (1, 2):
        found = count_messages([AssistantPromptMessage(content="", tool_calls=[call] * calls)])
        assert found == alone + calls * (count_text(function.name + function.arguments) + 3)


def png(width: int, height: int) -> bytes:
    size = width.to_bytes(4) + height.to_bytes(4)
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + size + b"\x08\x06"


def jpeg(width: int, height: int) -> bytes:
    frame = b"\xff\xc2\x00\x11\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x03"
    return b"\xff\xd8\xff\xe1\x13\x88" + b"\x00" * 4998 + frame


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little")


# The first four are the examples of OpenAI's guide.
@pytest.mark.parametrize(
    ("detail", "content", "tokens"),
    [
        ("low", png(4096, 8192), 85),
        ("high", png(1024, 1024), 765),
        ("high", png(2048, 4096), 1105),
        ("high", b"", 765),
        ("high", jpeg(2048, 4096), 1105),
        ("high", gif(512, 512), 255),
        ("high", png(0, 0), 765),
        ("high", b"\xff\xd8\xff\xe1\x00\x00", 765),
        ("high", png(1, 2**31), 4 * 170 + 85),
    ],
)
def test_images_count_by_their_detail_and_size(detail: str, content: bytes, tokens: int) -> None:
    image = ImagePromptMessageContent(
        format="png",
        mime_type="image/png",
        base64_data=b64encode(content).decode(),
        url="" if content else "https://pictures.example/a.png",
        detail=ImagePromptMessageContent.DETAIL(detail),
    )
    for images in (1, 3):
        messages: list[PromptMessage] = [UserPromptMessage(content=[image] * images)]
        assert count_messages(messages) == count_messages([UserPromptMessage()]) + images * tokens


def test_an_estimated_usage_says_so() -> None:
    usage = estimate_usage([UserPromptMessage(content="Hi")], (), "Hello there")
    assert usage.estimated
    assert usage.output == 2
