"""Images, documents and sound go where an API takes them, and are refused with a way out else."""

import json

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
from tests.wire.ends import FOUR_ROUTES, Json, Wire, four_routes, responses_routes

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)
TEXT: Json = {"type": "text", "data": "What is this?"}


def file(kind: str, form: str, mime_type: str, **more: JsonValue) -> Json:
    """Return a file's part of a message as Dify sends it."""
    return {"type": kind, "format": form, "mime_type": mime_type, **more}


def picture(form: str, mime_type: str, data: str) -> Json:
    return file("image", form, mime_type, base64_data=data, detail="low")


IMAGE_URL = file("image", "png", "image/png", url="https://pictures.example/a,b.png", detail="high")
IMAGE = file("image", "png", "image/png", base64_data=PIXEL, detail="low")
PDF = file("document", "pdf", "application/pdf", base64_data="JVBERi0x", filename="a.pdf")
PDF_URL = file("document", "pdf", "application/pdf", url="https://files.example/a.pdf")
SOUND = file("audio", "mp3", "audio/mpeg", base64_data="SUQzBAA=")
VIDEO = file("video", "mp4", "video/mp4", url="https://films.example/a.mp4")

ADDRESS, INLINE = IMAGE_URL["url"], f"data:image/png;base64,{PIXEL}"
FILE: Json = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0x"}
# what Dify sends, what is sent on Chat Completions, what on Responses
PARTS: dict[str, tuple[Json, Json, Json]] = {
    "image-url": (
        IMAGE_URL,
        {"type": "image_url", "image_url": {"url": ADDRESS, "detail": "high"}},
        {"type": "input_image", "image_url": ADDRESS, "detail": "high"},
    ),
    "image": (
        IMAGE,
        {"type": "image_url", "image_url": {"url": INLINE, "detail": "low"}},
        {"type": "input_image", "image_url": INLINE, "detail": "low"},
    ),
    "document": (PDF, {"type": "file", "file": FILE}, {"type": "input_file", **FILE}),
}


OCTETS = "application/octet-stream"
JPEG, PDF_BYTES, WAVE = "/9j/4AAQSkZJRg==", "JVBERi0x", "UklGRiQAAABXQVZFZm10IA=="
WEBP = "UklGRiQAAABXRUJQVlA4IA=="
# What was declared, and what is sent: the service reads nothing but the declared type
# (langgenius/dify#11527, dickpy/dsh-imagegen#23).
MISDECLARED: dict[str, tuple[Json, str]] = {
    "png as octets": (picture("", OCTETS, PIXEL), f"image/png;base64,{PIXEL}"),
    "jpeg as png": (
        picture("png", "image/png", JPEG),
        f"image/jpeg;base64,{JPEG}",
    ),
    "webp of no type": (picture("webp", "", WEBP), f"image/webp;base64,{WEBP}"),
    "unknown bytes": (
        picture("avif", "image/avif", "AAAA"),
        "image/avif;base64,AAAA",
    ),
    "unknown bytes of no type": (
        picture(".jpg", OCTETS, "AAAA"),
        "image/jpeg;base64,AAAA",
    ),
    "no base64": (picture("png", "image/png", "é"), "image/png;base64,é"),
    "pdf as octets": (
        file("document", "bin", OCTETS, base64_data=PDF_BYTES),
        f"application/pdf;base64,{PDF_BYTES}",
    ),
    "pdf as text": (
        file("document", "txt", "text/plain", base64_data=PDF_BYTES, filename="a.txt"),
        f"application/pdf;base64,{PDF_BYTES}",
    ),
    "text by its name": (
        file("document", "", "", base64_data="SGk=", filename="a.csv"),
        "text/csv;base64,SGk=",
    ),
}


@pytest.mark.parametrize("route", ["openai-chat", "openai-responses", "azure-v1-responses"])
@pytest.mark.parametrize("case", MISDECLARED)
def test_the_first_bytes_tell_what_a_file_is(wire: Wire, route: str, case: str) -> None:
    part, sent = MISDECLARED[case]
    wire.ask(wire.target(route), messages=[user_message([TEXT, part])])
    assert f'"data:{sent}"' in json.dumps(wire.bodies()[0], ensure_ascii=False)


def test_an_address_of_a_file_stays_as_it_is(wire: Wire) -> None:
    image = file("image", "", OCTETS, url="https://pictures.example/a", detail="low")
    for route in ("openai-chat", "openai-responses"):
        wire.ask(wire.target(route), messages=[user_message([TEXT, image])])
    assert all('"https://pictures.example/a"' in json.dumps(body) for body in wire.bodies())


@pytest.mark.parametrize(
    ("form", "mime_type", "data", "sent"),
    [
        ("mpeg", "audio/mpeg", "AAAA", "mp3"),
        ("octet-stream", OCTETS, WAVE, "wav"),
        ("wav", "audio/wav", "//uQAA==", "mp3"),
        (".MP3", "", "AAAA", "mp3"),
    ],
)
def test_the_format_of_sound_is_told_by_its_first_bytes(
    wire: Wire, form: str, mime_type: str, data: str, sent: str
) -> None:
    wire.change(models=["gpt-audio-1.5"], openai_rules=False)
    sound = file("audio", form, mime_type, base64_data=data)
    wire.ask(wire.target("openai-chat", "gpt-audio-1.5"), messages=[user_message([TEXT, sound])])
    assert f'"format": "{sent}"' in json.dumps(wire.bodies()[0])


@four_routes
@pytest.mark.parametrize("kind", PARTS)
def test_parts(wire: Wire, route: str, kind: str) -> None:
    part, on_chat, on_responses = PARTS[kind]
    wire.ask(wire.target(route), messages=[user_message([TEXT, part])])
    (body,) = wire.bodies()
    if route.endswith("chat"):
        content = [{"type": "text", "text": "What is this?"}, on_chat]
        assert body["messages"] == [{"role": "user", "content": content}]
    else:
        content = [{"type": "input_text", "text": "What is this?"}, on_responses]
        assert body["input"] == [{"type": "message", "role": "user", "content": content}]


@responses_routes
def test_the_address_of_a_document(wire: Wire, route: str) -> None:
    wire.ask(wire.target(route), messages=[user_message([PDF_URL])])
    content = [{"type": "input_file", "file_url": "https://files.example/a.pdf"}]
    assert wire.bodies()[0]["input"] == [{"type": "message", "role": "user", "content": content}]


def test_sound_on_chat(wire: Wire) -> None:
    wire.change(models=["gpt-audio-1.5"])
    target = wire.target("openai-responses", "gpt-audio-1.5")
    wire.ask(target, messages=[user_message([TEXT, SOUND])])
    (request,) = wire.requests()
    assert request["path"] == "/v1/chat/completions"
    (body,) = wire.bodies()
    sound: JsonValue = {"data": "SUQzBAA=", "format": "mp3"}
    content: JsonValue = [
        {"type": "text", "text": "What is this?"},
        {"type": "input_audio", "input_audio": sound},
    ]
    assert body["messages"] == [{"role": "user", "content": content}]


@pytest.mark.parametrize(
    ("route", "part", "way_out"),
    [
        ("azure-chat", PDF_URL, "set API protocol to Responses"),
        ("openai-chat", PDF_URL, "set API protocol to Responses"),
        ("azure-v1-responses", SOUND, "set API protocol to Chat Completions"),
        ("openai-responses", SOUND, "set API protocol to Chat Completions"),
        *((route, VIDEO, "leave it out") for route in FOUR_ROUTES),
    ],
)
def test_what_an_api_cannot_take_is_refused_before_any_request(
    wire: Wire, route: str, part: Json, way_out: str
) -> None:
    with pytest.raises(PluginError, match=way_out) as raised:
        wire.ask(wire.target(route), messages=[user_message([TEXT, part])])
    assert raised.value.error_type == "InvokeBadRequestError"
    assert wire.requests() == []


@four_routes
def test_roles_names_and_empty_messages(wire: Wire, route: str) -> None:
    messages: list[Json] = [
        system_message("Be brief."),
        {**system_message("Be kind."), "role": "developer"},
        {**user_message("Hello"), "name": "ada"},
        assistant_message(""),
        user_message([TEXT, {"type": "text", "data": " Tell."}]),
        user_message(""),
    ]
    wire.ask(wire.target(route), messages=messages)
    (body,) = wire.bodies()
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


def test_a_picture_may_be_a_tools_result_on_responses_and_is_refused_on_chat(wire: Wire) -> None:
    messages: list[Json] = [
        user_message("Draw"),
        assistant_message("", [tool_call("call_1", "draw", "{}")]),
        {**tool_message("call_1", ""), "content": [{**IMAGE}]},
    ]
    wire.ask(wire.target("openai-responses"), messages=messages)
    items = wire.bodies()[0]["input"]
    assert isinstance(items, list)
    image = {"type": "input_image", "image_url": INLINE, "detail": "low"}
    assert items[-1] == {"type": "function_call_output", "call_id": "call_1", "output": [image]}
    with pytest.raises(PluginError, match="put it into a user message"):
        wire.ask(wire.target("openai-chat"), messages=messages)
