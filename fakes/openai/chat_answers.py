"""Renders a scripted answer as Chat Completions does: one object, or a stream of chunks."""

import json
import secrets
import time
from collections.abc import Iterator

from fakes.openai import azure
from fakes.openai.errors import ServiceError
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer
from fakes.openai.text_api import GenerationRequest, count_usage, obfuscation, texts_in

_DONE = b"data: [DONE]\n\n"
_FINGERPRINT = "fp_5a4dbd0c8f"
_AZURE_FIRST = {"id": "", "object": "", "created": 0, "model": "", "choices": []}


def input_texts(body: JsonObject) -> list[str]:
    """Return every text of the messages, the last user's last."""
    messages = body["messages"]
    users = [item for item in messages if item["role"] == "user"]
    ordered = [item for item in messages if item["role"] != "user"] + users
    return [text for item in ordered for text in texts_in(item.get("content"))]


def completion(request: GenerationRequest, answer: Answer) -> JsonObject:
    """Return the answer as a chat completion object."""
    if answer.finish in ("failed", "cancelled"):
        message = answer.error.get(
            "message", "The server had an error while processing your request."
        )
        code = answer.error.get("code", "server_error")
        error = {"message": message, "type": "server_error", "param": None, "code": code}
        raise ServiceError(500, error)
    result: JsonObject = {
        "id": f"chatcmpl-{secrets.token_hex(14)}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": answer.model or request.model,
        "choices": [_choice(request, answer, index) for index in range(request.body.get("n") or 1)],
    }
    usage = _usage(request, answer)
    if usage is not None:
        result["usage"] = usage
    if request.azure:
        result["prompt_filter_results"] = azure.prompt_filter_results()
    else:
        result["service_tier"] = answer.service_tier
    return result | {"system_fingerprint": _FINGERPRINT}


def events(request: GenerationRequest, answer: Answer, whole: JsonObject) -> list[bytes]:
    """Return the answer as server-sent events, `[DONE]` included."""
    return [_event(chunk) for chunk in _chunks(request, answer, whole)] + [_DONE]


def error_events(message: str, sent: list[bytes]) -> list[bytes]:
    """Return `sent` and the error frame that ends a stream that broke."""
    error = {"message": message, "type": "server_error", "param": None, "code": None}
    return [*sent, _event({"error": error})]


def _chunks(request: GenerationRequest, answer: Answer, whole: JsonObject) -> Iterator[JsonObject]:
    head = {key: whole[key] for key in ("id", "created", "model")}
    head |= {"object": "chat.completion.chunk", "system_fingerprint": _FINGERPRINT}
    if not request.azure:
        head["service_tier"] = answer.service_tier
    include_usage = (request.body.get("stream_options") or {}).get("include_usage") is True
    tail: JsonObject = {"usage": None} if include_usage else {}
    if request.azure:
        yield {**_AZURE_FIRST, "prompt_filter_results": azure.prompt_filter_results()}
    for choice in whole["choices"]:
        for delta, finish in _deltas(answer, choice):
            part = {"index": choice["index"], "delta": delta, "logprobs": None}
            part["finish_reason"] = finish
            if request.azure:
                judged = bool(delta.get("content"))
                part["content_filter_results"] = azure.safe_content() if judged else {}
            chunk = {**head, "choices": [part], **tail}
            if request.obfuscates:
                chunk["obfuscation"] = obfuscation(delta.get("content") or "")
            yield chunk
    if include_usage and "usage" in whole:
        yield {**head, "choices": [], "usage": whole["usage"]}


def _deltas(answer: Answer, choice: JsonObject) -> Iterator[tuple[JsonObject, str | None]]:
    """Yield the deltas of a choice with its finish reason, null before the last."""
    spoken = answer.refusal is None and not answer.tool_calls
    content = "" if spoken or answer.pieces else None
    yield {"role": "assistant", "content": content, "refusal": None}, None
    for piece in answer.pieces or ():
        yield {"content": piece}, None
    if answer.refusal is not None:
        yield {"refusal": answer.refusal}, None
    for index, call in enumerate(answer.tool_calls):
        function = {"name": call.name, "arguments": ""}
        start = {"index": index, "id": call.call_id, "type": "function", "function": function}
        yield {"tool_calls": [start]}, None
        for at in range(0, len(call.arguments), 5):
            fragment = {"index": index, "function": {"arguments": call.arguments[at : at + 5]}}
            yield {"tool_calls": [fragment]}, None
    yield {}, choice["finish_reason"]


def _choice(request: GenerationRequest, answer: Answer, index: int) -> JsonObject:
    text = answer.text
    bare = bool(answer.tool_calls) or answer.refusal is not None
    message: JsonObject = {
        "role": "assistant",
        "content": text if text or not bare else None,
        "refusal": answer.refusal,
        "annotations": [],
    }
    finish: str = answer.finish
    if answer.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.call_id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in answer.tool_calls
        ]
        finish = "tool_calls" if answer.finish == "stop" else answer.finish
    choice = {"index": index, "message": message, "logprobs": None, "finish_reason": finish}
    if request.azure:
        choice["content_filter_results"] = azure.safe_content() if text else {}
    return choice


def _usage(request: GenerationRequest, answer: Answer) -> JsonObject | None:
    usage = count_usage(answer, input_texts(request.body))
    if usage is None:
        return None
    prompt_details = {"cached_tokens": usage.cached, "audio_tokens": 0}
    if usage.cache_write:
        prompt_details["cache_write_tokens"] = usage.cache_write
    return {
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
        "prompt_tokens_details": prompt_details,
        "completion_tokens_details": {
            "reasoning_tokens": usage.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _event(payload: JsonObject) -> bytes:
    return b"data: %s\n\n" % json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
