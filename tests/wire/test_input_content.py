"""Images, documents and sound go where an API takes them, and are refused with a way out else."""

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import (
    assistant_message,
    system_message,
    tool_call,
    tool_message,
    user_message,
)
from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.calls import ask
from tests.wire.service import FOUR_ROUTES, Account, Json

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
TEXT: Json = {"type": "text", "data": "What is this?"}
IMAGE_URL: Json = {
    "type": "image",
    "format": "png",
    "mime_type": "image/png",
    "url": "https://pictures.example/a,b.png",
    "detail": "high",
}
IMAGE: Json = {
    "type": "image",
    "format": "png",
    "mime_type": "image/png",
    "base64_data": PIXEL,
    "detail": "low",
}
PDF: Json = {
    "type": "document",
    "format": "pdf",
    "mime_type": "application/pdf",
    "base64_data": "JVBERi0x",
    "filename": "a.pdf",
}
PDF_URL: Json = {
    "type": "document",
    "format": "pdf",
    "mime_type": "application/pdf",
    "url": "https://files.example/a.pdf",
}
SOUND: Json = {
    "type": "audio",
    "format": "mp3",
    "mime_type": "audio/mpeg",
    "base64_data": "SUQzBAA=",
}
VIDEO: Json = {
    "type": "video",
    "format": "mp4",
    "mime_type": "video/mp4",
    "url": "https://films.example/a.mp4",
}

CHAT_PARTS: dict[str, tuple[Json, Json]] = {
    "image-url": (
        IMAGE_URL,
        {
            "type": "image_url",
            "image_url": {"url": "https://pictures.example/a,b.png", "detail": "high"},
        },
    ),
    "image": (
        IMAGE,
        {
            "type": "image_url",
            "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
        },
    ),
    "document": (
        PDF,
        {
            "type": "file",
            "file": {
                "filename": "a.pdf",
                "file_data": "data:application/pdf;base64,JVBERi0x",
            },
        },
    ),
}
RESPONSES_PARTS: dict[str, tuple[Json, Json]] = {
    "image-url": (
        IMAGE_URL,
        {
            "type": "input_image",
            "image_url": "https://pictures.example/a,b.png",
            "detail": "high",
        },
    ),
    "image": (
        IMAGE,
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
    ),
    "document": (
        PDF,
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": "data:application/pdf;base64,JVBERi0x",
        },
    ),
    "document-url": (
        PDF_URL,
        {"type": "input_file", "file_url": "https://files.example/a.pdf"},
    ),
}


@pytest.mark.parametrize("route", ["openai-chat", "azure-chat"])
@pytest.mark.parametrize("kind", CHAT_PARTS)
def test_parts_on_chat(plugin: PluginProcess, account: Account, route: str, kind: str) -> None:
    part, sent = CHAT_PARTS[kind]
    ask(plugin, account.target(route), messages=[user_message([TEXT, part])])
    content = [{"type": "text", "text": "What is this?"}, sent]
    assert account.bodies()[0]["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize("route", ["openai-responses", "azure-v1-responses"])
@pytest.mark.parametrize("kind", RESPONSES_PARTS)
def test_parts_on_responses(plugin: PluginProcess, account: Account, route: str, kind: str) -> None:
    part, sent = RESPONSES_PARTS[kind]
    ask(plugin, account.target(route), messages=[user_message([TEXT, part])])
    content = [{"type": "input_text", "text": "What is this?"}, sent]
    assert account.bodies()[0]["input"] == [{"type": "message", "role": "user", "content": content}]


def test_sound_on_chat(plugin: PluginProcess, account: Account) -> None:
    account.change(models=["gpt-audio-1.5"])
    target = account.target("openai-responses", "gpt-audio-1.5")
    ask(plugin, target, messages=[user_message([TEXT, SOUND])])
    (request,) = account.requests()
    assert request["path"] == "/v1/chat/completions"
    (body,) = account.bodies()
    sound: JsonValue = {"data": "SUQzBAA=", "format": "mp3"}
    content: JsonValue = [
        {"type": "text", "text": "What is this?"},
        {"type": "input_audio", "input_audio": sound},
    ]
    assert body["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize("route", FOUR_ROUTES)
@pytest.mark.parametrize(
    ("part", "apis", "way_out"),
    [
        (PDF_URL, {"chat"}, "set API protocol to Responses"),
        (SOUND, {"responses"}, "set API protocol to Chat Completions"),
        (VIDEO, {"chat", "responses"}, "leave it out"),
    ],
    ids=["document-url", "sound", "video"],
)
def test_what_an_api_cannot_take_is_refused_before_any_request(  # noqa: PLR0913, PLR0917
    plugin: PluginProcess, account: Account, route: str, part: Json, apis: set[str], way_out: str
) -> None:
    if route.rpartition("-")[2] not in apis:
        return
    with pytest.raises(PluginError, match=way_out) as raised:
        ask(plugin, account.target(route), messages=[user_message([TEXT, part])])
    assert raised.value.error_type == "InvokeBadRequestError"
    assert account.requests() == []


@pytest.mark.parametrize("route", FOUR_ROUTES)
def test_roles_names_and_empty_messages(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    messages: list[Json] = [
        system_message("Be brief."),
        {**system_message("Be kind."), "role": "developer"},
        {**user_message("Hello"), "name": "ada"},
        assistant_message(""),
        user_message([TEXT, {"type": "text", "data": " Tell."}]),
        user_message(""),
    ]
    ask(plugin, account.target(route), messages=messages)
    (body,) = account.bodies()
    turns: list[Json] = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": "Hello"},
        {"role": "user", "content": "What is this? Tell."},
    ]
    if route.endswith("chat"):
        turns[2]["name"] = "ada"
        assert body["messages"] == turns
    else:
        # The Responses API has no names.
        assert body["input"] == [{"type": "message", **turn} for turn in turns]


def test_a_picture_may_be_a_tools_result_on_responses_and_is_refused_on_chat(
    plugin: PluginProcess, account: Account
) -> None:
    messages: list[Json] = [
        user_message("Draw"),
        assistant_message("", [tool_call("call_1", "draw", "{}")]),
        {**tool_message("call_1", ""), "content": [{**IMAGE}]},
    ]
    ask(plugin, account.target("openai-responses"), messages=messages)
    items = account.bodies()[0]["input"]
    assert isinstance(items, list)
    image = {
        "type": "input_image",
        "image_url": f"data:image/png;base64,{PIXEL}",
        "detail": "low",
    }
    assert items[-1] == {"type": "function_call_output", "call_id": "call_1", "output": [image]}
    with pytest.raises(PluginError, match="put it into a user message"):
        ask(plugin, account.target("openai-chat"), messages=messages)
