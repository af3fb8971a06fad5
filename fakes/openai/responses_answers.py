"""Renders a scripted answer as a Responses object; `responses_events` streams it."""

import secrets
import time

from fakes.openai import azure
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer
from fakes.openai.text_api import GenerationRequest, count_usage, texts_in

# What a response repeats of its request, with the service's default.
_REPEATED: JsonObject = {
    "background": False,
    "instructions": None,
    "max_output_tokens": None,
    "max_tool_calls": None,
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "prompt_cache_key": None,
    "prompt_cache_retention": None,
    "safety_identifier": None,
    "temperature": 1.0,
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": 1.0,
    "truncation": "disabled",
    "user": None,
}
_INCOMPLETE_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
# Of the one recorded stream that has both (responses-stream-reasoning-tool): the length in the end.
_ENCRYPTED_LENGTH = 3896
_STATUSES = {"stop": "completed", "length": "incomplete", "content_filter": "incomplete"}


def input_texts(body: JsonObject) -> list[str]:
    """Return every text of the input, the last user's last."""
    sent = body.get("input") or ""
    if isinstance(sent, str):
        return [*texts_in(body.get("instructions")), sent]
    users = [item for item in sent if item.get("role") == "user"]
    ordered = [item for item in sent if item.get("role") != "user"] + users
    texts = [text for item in ordered for text in texts_in(item.get("content"))]
    return [*texts_in(body.get("instructions")), *texts]


def response(request: GenerationRequest, answer: Answer) -> JsonObject:
    """Return the answer as a response object in its final state."""
    body = request.body
    status = _STATUSES.get(answer.finish, answer.finish)
    reason = _INCOMPLETE_REASONS.get(answer.finish)
    failed = answer.finish == "failed"
    default_error = {
        "code": "server_error",
        "message": "An error occurred while processing your request.",
    }
    reasoning = body.get("reasoning") or {}
    text = body.get("text") or {}
    result: JsonObject = {
        "id": f"resp_{secrets.token_hex(25)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "completed_at": int(time.time()) if status == "completed" else None,
        "error": default_error | answer.error if failed else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": answer.model or request.model,
        "output": [] if failed and not answer.pieces else output_items(request, answer, status),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "service_tier": answer.service_tier,
        "store": request.stores,
        "text": {
            "format": text.get("format") or {"type": "text"},
            "verbosity": text.get("verbosity") or "medium",
        },
        "usage": None if failed else usage(request, answer),
        "metadata": request.metadata,
    }
    for name, default in _REPEATED.items():
        sent = body.get(name)
        result[name] = default if sent is None else sent
    if request.azure:
        result["content_filters"] = _content_filters(answer)
    return result


def output_items(request: GenerationRequest, answer: Answer, status: str) -> list[JsonObject]:
    """Return the items of the answer: reasoning, then the message, then the calls."""
    items: list[JsonObject] = []
    if answer.reasoning is not None:
        items.append(_reasoning(request, answer.reasoning))
    if answer.pieces or answer.refusal is not None or not answer.tool_calls:
        parts: list[JsonObject] = []
        if answer.refusal is None or answer.pieces:
            parts.append(output_text(answer.text))
        if answer.refusal is not None:
            parts.append({"type": "refusal", "refusal": answer.refusal})
        items.append(
            {
                "id": f"msg_{secrets.token_hex(25)}",
                "type": "message",
                "status": "completed" if status == "completed" else "incomplete",
                "role": "assistant",
                "content": parts,
            }
        )
    items.extend(
        {
            "id": f"fc_{secrets.token_hex(25)}",
            "type": "function_call",
            "status": "completed",
            "call_id": call.call_id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for call in answer.tool_calls
    )
    return items


def _reasoning(request: GenerationRequest, summary: str) -> JsonObject:
    """Return a reasoning item; what the model really thought is in it only if it was asked for."""
    parts = [{"type": "summary_text", "text": summary}] if summary else []
    item: JsonObject = {"id": f"rs_{secrets.token_hex(25)}", "type": "reasoning", "summary": parts}
    if "reasoning.encrypted_content" in (request.body.get("include") or ()):
        item["encrypted_content"] = encrypted(_ENCRYPTED_LENGTH)
    return item


def encrypted(length: int) -> str:
    """Return what encrypted reasoning looks like: no two are alike, even of the same thought."""
    return ("gAAAAAB" + secrets.token_urlsafe(length))[:length]


def output_text(text: str) -> JsonObject:
    """Return a text part of a message."""
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def usage(request: GenerationRequest, answer: Answer) -> JsonObject | None:
    """Return the usage to report, None when the script reports none."""
    counted = count_usage(answer, input_texts(request.body))
    if counted is None:
        return None
    return {
        "input_tokens": counted.input,
        "input_tokens_details": {
            "cached_tokens": counted.cached,
            "cache_write_tokens": counted.cache_write,
        },
        "output_tokens": counted.output,
        "output_tokens_details": {"reasoning_tokens": counted.reasoning},
        "total_tokens": counted.input + counted.output,
    }


def _content_filters(answer: Answer) -> list[JsonObject] | None:
    """Return Azure's judgements; null where the answer was filtered (a recorded oddity)."""
    if answer.finish == "content_filter":
        return None
    return [azure.content_filters("prompt"), azure.content_filters("completion")]
