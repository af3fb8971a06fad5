"""Renders a scripted answer as Chat Completions does: chunks, and the object that they add up to.

Shapes and order: chat-stream-usage, chat-stream-tools-parallel, chat-refusal; of Azure
azure-chat-stream-tool.
"""

import base64
import secrets
import time
from collections.abc import Iterable, Iterator

from fakes.openai import azure
from fakes.openai.errors import service_error
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer
from fakes.openai.text_api import (
    Rendered,
    ToRender,
    count_usage,
    fragments,
    padded,
    server_sent,
    stream_option,
    texts_of,
)

_KEPT_SECONDS = 3600
_DONE = b"data: [DONE]\n\n"
_AZURE_FIRST = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
_NOT_FOLDED = ("obfuscation", "prompt_filter_results")
_APPENDED = frozenset({"content", "refusal", "arguments", "input"})


def input_texts(body: JsonObject) -> list[str]:
    """Return every text of the messages, the last user's last."""
    return texts_of(body["messages"])


def render(asked: ToRender, answer: Answer) -> Rendered:
    """Return the answer as a chat completion object and as its stream, `[DONE]` included."""
    if answer.finish in ("failed", "cancelled"):
        message = answer.error.get("message", "The server failed to answer.")
        raise service_error(500, message, "server_error", code=answer.error.get("code"))
    head: JsonObject = {
        "id": f"chatcmpl-{secrets.token_hex(14)}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": answer.model or asked.model,
        "system_fingerprint": "fp_5a4dbd0c8f",
    }
    if not asked.is_azure:
        head["service_tier"] = answer.service_tier
    chunks = [
        head | {"choices": [_choice(asked, index, delta, finish)]}
        for index in range(asked.body.get("n") or 1)
        for delta, finish in _deltas(answer)
    ]
    usage = _usage(asked, answer)
    ending = [head | {"choices": [], "usage": usage}] if usage else []
    whole = fold([*chunks, *ending]) or {}
    for choice in whole["choices"]:
        choice["message"]["annotations"] = []
        if asked.sound is not None and answer.refusal is None:
            choice["message"] |= _spoken(choice["message"]["content"], asked.sound)
    filters: JsonObject = {}
    if asked.is_azure:
        filters = {"prompt_filter_results": azure.prompt_filter_results()}
    events = [server_sent(_AZURE_FIRST | filters)] if asked.is_azure else []
    with_usage = stream_option(asked, "include_usage") is True
    for chunk in chunks:
        delta = chunk["choices"][0]["delta"]
        tail = {"usage": None} if with_usage else {}
        events.append(server_sent(padded(asked, chunk | tail, delta.get("content") or "")))
    events += [server_sent(chunk) for chunk in ending if with_usage]
    return Rendered(whole | filters, [*events, _DONE])


def error_events(message: str, sent: list[bytes]) -> list[bytes]:
    """Return `sent` and the error frame that ends a stream (openai-python, `Stream.__stream__`)."""
    error = {"message": message, "type": "server_error", "param": None, "code": None}
    return [*sent, server_sent({"error": error})]


def fold(chunks: Iterable[JsonObject]) -> JsonObject | None:
    """Return the chat completion that the chunks of a stream add up to, None without chunks."""
    whole: JsonObject = {}
    for chunk in chunks:
        if chunk.get("object") == "chat.completion.chunk":
            _merge(whole, {key: chunk[key] for key in chunk if key not in _NOT_FOLDED})
    if not whole:
        return None
    return whole | {
        "object": "chat.completion",
        "choices": [_folded(choice) for choice in whole["choices"]],
    }


def _folded(choice: JsonObject) -> JsonObject:
    empty = {"role": "assistant", "content": None, "refusal": None}
    message = empty | choice.pop("delta", {})
    for call in message.get("tool_calls", []):
        call.pop("index", None)
    finish = choice.get("finish_reason") or "stop"
    return {"logprobs": None, **choice, "message": message, "finish_reason": finish}


def _merge(target: JsonObject, part: JsonObject) -> None:
    """Add a part: texts are appended, indexed lists matched by their index, the rest is set."""
    for key, value in part.items():
        known = target.get(key)
        if value is None:
            target.setdefault(key, None)
        elif isinstance(value, dict):
            target[key] = known or {}
            _merge(target[key], value)
        elif isinstance(value, list):
            target[key] = known or []
            for item in value:
                if not isinstance(item, dict):
                    target[key].append(item)
                    continue
                at = item["index"] if "index" in item else len(target[key])
                target[key].extend({} for _ in range(at + 1 - len(target[key])))
                _merge(target[key][at], item)
        else:
            target[key] = (known or "") + value if key in _APPENDED else value


def _spoken(text: str, sound: bytes) -> JsonObject:
    """Return what a message has instead of a text where it is spoken (chat-audio-output)."""
    audio = {
        "id": f"audio_{secrets.token_hex(16)}",
        "data": base64.b64encode(sound).decode(),
        "expires_at": int(time.time()) + _KEPT_SECONDS,
        "transcript": text,
    }
    return {"content": None, "audio": audio}


def _choice(asked: ToRender, index: int, delta: JsonObject, finish: str | None) -> JsonObject:
    choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
    if asked.is_azure:
        choice["content_filter_results"] = azure.safe_content() if delta.get("content") else {}
    return choice


def _deltas(answer: Answer) -> Iterator[tuple[JsonObject, str | None]]:
    """Yield the deltas of a choice with its finish reason, null before the last."""
    spoken = answer.pieces or (answer.refusal is None and not answer.tool_calls)
    yield {"role": "assistant", "content": "" if spoken else None, "refusal": None}, None
    for piece in answer.pieces:
        yield {"content": piece}, None
    if answer.refusal is not None:
        yield {"refusal": answer.refusal}, None
    for index, call in enumerate(answer.tool_calls):
        function = {"name": call.name, "arguments": ""}
        start = {"index": index, "id": call.id, "type": "function", "function": function}
        yield {"tool_calls": [start]}, None
        for piece in fragments(call.arguments):
            yield {"tool_calls": [{"index": index, "function": {"arguments": piece}}]}, None
    yield {}, "tool_calls" if answer.tool_calls and answer.finish == "stop" else answer.finish


def _usage(asked: ToRender, answer: Answer) -> JsonObject | None:
    usage = count_usage(answer, input_texts(asked.body))
    if usage is None:
        return None
    prompt_details = {"cached_tokens": usage.cached, "audio_tokens": usage.audio_input}
    if usage.cache_write:
        prompt_details["cache_write_tokens"] = usage.cache_write
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": prompt_details,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": usage.audio_output,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
