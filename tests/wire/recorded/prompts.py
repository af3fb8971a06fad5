"""A recorded request -> the prompt messages that a Dify host would have sent for it."""

import json
from collections.abc import Iterator
from itertools import groupby

from pydantic import JsonValue

from fakes.dify_daemon.messages import (
    assistant_message,
    system_message,
    tool_call,
    tool_message,
    user_message,
)
from tests.wire.ends import Json, object_in, objects_in

# A document's content was left out of its recording.
_DOCUMENT = "JVBERi0xLjQK"
_LEFT_OUT = "<"
_BY_MODEL = {"reasoning", "function_call"}


def messages_of_chat(body: Json) -> list[Json]:
    """Return the messages of a Chat Completions request."""
    return [_from_chat(message) for message in objects_in(body["messages"])]


def messages_of_responses(body: Json) -> list[Json]:
    """Return the messages of a Responses request; instructions are Dify's system message."""
    sent = body.get("input")
    instructions = body.get("instructions")
    begin = [system_message(instructions)] if isinstance(instructions, str) else []
    if isinstance(sent, str):
        return [*begin, user_message(sent)]
    return begin + list(_from_items(objects_in(sent)))


def texts_of(body: Json) -> list[str]:
    """Return every text that a request to either API says, results of tools included, in order."""
    sent = body.get("messages", body.get("input"))
    if isinstance(sent, str):
        sent = [{"content": sent}]
    said = [body.get("instructions"), *(_said(item) for item in objects_in(sent))]
    return [text for text in said if isinstance(text, str) and text]


def files_of(body: Json) -> list[tuple[JsonValue, JsonValue]]:
    """Return kind and content of every image, sound and document of a Chat Completions request."""
    parts = [
        part
        for item in objects_in(body.get("messages"))
        for part in objects_in(item.get("content"))
    ]
    files = [(part["type"], object_in(part.get(str(part["type"])))) for part in parts]
    return [
        (kind, file.get("url", file.get("data", file.get("filename"))))
        for kind, file in files
        if kind != "text"
    ]


def _said(item: Json) -> str:
    return _text(item.get("output", item.get("content")))


def _from_chat(message: Json) -> Json:
    content = message.get("content")
    match message["role"]:
        case "user":
            return user_message(content if isinstance(content, str) else _parts(content))
        case "assistant":
            calls = (
                tool_call(str(call["id"]), str(function["name"]), str(function["arguments"]))
                for call in objects_in(message.get("tool_calls"))
                if isinstance(function := call["function"], dict)
            )
            return assistant_message(_text(content), list(calls))
        case "tool":
            return tool_message(str(message["tool_call_id"]), _text(content))
        case _:
            return system_message(_text(content))


def _from_items(items: list[Json]) -> Iterator[Json]:
    """Yield messages; the reasoning and the calls of one answer are one assistant message."""
    for by_model, group in groupby(items, key=lambda item: item.get("type") in _BY_MODEL):
        if by_model:
            yield from _from_answer(list(group))
            continue
        for item in group:
            if item.get("type") == "function_call_output":
                yield tool_message(str(item["call_id"]), _text(item["output"]))
            else:
                yield _from_chat(item)


def _from_answer(items: list[Json]) -> Iterator[Json]:
    calls = [
        tool_call(str(item["call_id"]), str(item["name"]), str(item["arguments"]))
        for item in items
        if item["type"] == "function_call"
    ]
    if not calls:
        return  # reasoning whose follower was exchanged: no host has that
    message = assistant_message("", calls)
    if len(calls) < len(items):
        message["opaque_body"] = {"responses_output": list[JsonValue](items)}
    yield message


def _parts(content: JsonValue) -> list[Json]:
    return [_part(part) for part in objects_in(content)]


def _part(part: Json) -> Json:
    match part:
        case {"type": "image_url", "image_url": {"url": str(url)}}:
            return {"type": "image", "format": "png", "detail": "high", **_file(url, "image/png")}
        case {"type": "input_audio", "input_audio": {"data": str(data), "format": str(name)}}:
            mime_type = f"audio/{name}"
            return {"type": "audio", "format": name, "base64_data": data, "mime_type": mime_type}
        case {"type": "file", "file": {"file_data": str(data), "filename": str(name)}}:
            file = _file(data, "application/pdf")
            return {"type": "document", "format": "pdf", "filename": name, **file}
        case {"text": str(text)}:
            return {"type": "text", "data": text}
    raise ValueError(f"No Dify message has a part like {json.dumps(part)[:80]}.")


def _file(url: str, mime_type: str) -> Json:
    if not url.startswith("data:"):
        return {"url": url, "mime_type": mime_type}
    head, _, data = url.partition(",")
    named = head.removeprefix("data:").removesuffix(";base64")
    return {"base64_data": _DOCUMENT if data.startswith(_LEFT_OUT) else data, "mime_type": named}


def _text(content: JsonValue) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part["text"]) for part in objects_in(content) if "text" in part)
