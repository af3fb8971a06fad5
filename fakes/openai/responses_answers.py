"""Renders a scripted answer as Responses does: the object, and the events that stream it.

Shapes and order: responses-stream-text, responses-stream-reasoning-tool, responses-stream-refusal;
of Azure azure-v1-responses-stream.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence

from fakes.openai import azure
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer
from fakes.openai.text_api import (
    Rendered,
    ToRender,
    count_usage,
    fragments,
    padded,
    parse_events,
    server_sent,
    texts_in,
    texts_of,
)

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
_STATUSES = {"stop": "completed", "length": "incomplete", "content_filter": "incomplete"}
# A cancelled response has no event of its own: cancellation is a status.
_LAST_EVENTS = {"cancelled": "response.incomplete"}
# Recording responses-stream-reasoning-tool: a stub when the item is added; when it is done the
# whole thought, which the last event then carries in other bytes of the same length.
_STUB_LENGTH, _ENCRYPTED_LENGTH = 824, 3896


def input_texts(body: JsonObject) -> list[str]:
    """Return every text of the input, the last user's last."""
    sent = body.get("input") or ""
    given = [sent] if isinstance(sent, str) else texts_of(sent)
    return [*texts_in(body.get("instructions")), *given]


def render(asked: ToRender, answer: Answer) -> Rendered:
    """Return the answer as a response in its final state and as its stream."""
    whole = _response(asked, answer)
    events = []
    for number, payload in enumerate(_events(answer, whole)):
        event = payload | {"sequence_number": number}
        if "delta" in event:
            event = padded(asked, event, event["delta"])
        events.append(server_sent(event, event["type"]))
    return Rendered(whole, events)


def error_events(message: str, sent: list[bytes]) -> list[bytes]:
    """Return `sent`, the error event and the failed response (recording responses-stream-failed).

    The details are nested under `error`, as the service sends them, not as its schema says.
    """
    details = {"code": "server_error", "message": message}
    created = next(parse_events(sent[0]))["response"]
    failed = created | {"status": "failed", "error": details, "usage": None}
    error = details | {"type": "server_error", "param": None}
    last = [{"type": "error", "error": error}, {"type": "response.failed", "response": failed}]
    return sent + [
        server_sent(payload | {"sequence_number": number}, payload["type"])
        for number, payload in enumerate(last, start=len(sent))
    ]


def fold(events: Iterable[JsonObject]) -> JsonObject | None:
    """Return the response that the last event with one carries, None without any."""
    response: JsonObject | None = None
    for event in events:
        response = event.get("response", response)
    return response


def _response(asked: ToRender, answer: Answer) -> JsonObject:
    body = asked.body
    status = _STATUSES.get(answer.finish, answer.finish)
    reason = _INCOMPLETE_REASONS.get(answer.finish)
    failed = answer.finish == "failed"
    error = {"code": "server_error", "message": "The server failed to answer."} | answer.error
    reasoning, text = body.get("reasoning") or {}, body.get("text") or {}
    result: JsonObject = {
        "id": f"resp_{secrets.token_hex(25)}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "completed_at": int(time.time()) if status == "completed" else None,
        "error": error if failed else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "model": answer.model or asked.model,
        "output": [] if failed and not answer.pieces else list(_items(asked, answer, status)),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "service_tier": answer.service_tier,
        "store": body.get("store") is not False,
        "text": {
            "format": text.get("format") or {"type": "text"},
            "verbosity": text.get("verbosity") or "medium",
        },
        "usage": None if failed else _usage(asked, answer),
        "metadata": body.get("metadata") or {},
    }
    for name, default in _REPEATED.items():
        result[name] = default if body.get(name) is None else body[name]
    if asked.is_azure:
        # Null where the answer was filtered (azure-responses-stream-content-filter).
        filtered = answer.finish == "content_filter"
        result["content_filters"] = None if filtered else azure.content_filters()
    return result


def _items(asked: ToRender, answer: Answer, status: str) -> Iterator[JsonObject]:
    """Yield the items of an answer: reasoning, searches, then the message, then the calls."""
    if answer.reasoning is not None:
        summary = [{"type": "summary_text", "text": answer.reasoning}] if answer.reasoning else []
        item: JsonObject = {"id": _id("rs"), "type": "reasoning", "summary": summary}
        if "reasoning.encrypted_content" in (asked.body.get("include") or ()):
            item["encrypted_content"] = _encrypted(_ENCRYPTED_LENGTH)
        yield item
    for _ in range(answer.searches):  # recording responses-web-search
        action = {"type": "search", "query": "what was asked for"}
        yield {
            "id": _id("ws"),
            "type": "web_search_call",
            "status": "completed",
            "action": action,
        }
    if answer.pieces or answer.refusal is not None or not answer.tool_calls:
        parts: list[JsonObject] = []
        if answer.refusal is None or answer.pieces:
            text = {"type": "output_text", "annotations": [], "logprobs": []}
            parts.append(text | {"text": answer.text})
        if answer.refusal is not None:
            parts.append({"type": "refusal", "refusal": answer.refusal})
        yield {
            "id": _id("msg"),
            "type": "message",
            "status": "completed" if status == "completed" else "incomplete",
            "role": "assistant",
            "content": parts,
        }
    for call in answer.tool_calls:
        yield {
            "id": _id("fc"),
            "type": "function_call",
            "status": "completed",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }


def _events(answer: Answer, whole: JsonObject) -> Iterator[JsonObject]:
    begun = whole | {"status": "in_progress", "output": [], "usage": None, "completed_at": None}
    begun |= {"error": None, "incomplete_details": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        yield from _item_events(answer, item, index)
    last = _LAST_EVENTS.get(whole["status"], f"response.{whole['status']}")
    yield {"type": last, "response": whole}


def _item_events(answer: Answer, item: JsonObject, index: int) -> Iterator[JsonObject]:
    emptied = {"content": [], "summary": [], "arguments": "", "status": "in_progress"}
    added, done = item | {key: emptied[key] for key in emptied if key in item}, dict(item)
    added.pop("action", None)
    if "encrypted_content" in item:
        added["encrypted_content"] = _encrypted(_STUB_LENGTH)
        done["encrypted_content"] = _encrypted(_ENCRYPTED_LENGTH)
    yield {"type": "response.output_item.added", "output_index": index, "item": added}
    place = {"item_id": item["id"], "output_index": index}
    if "action" in item:
        for state in ("in_progress", "searching", "completed"):
            yield {"type": f"response.web_search_call.{state}", **place}
    for at, part in enumerate(item.get("content", [])):
        yield from _content_events(answer, part, place | {"content_index": at})
    for at, part in enumerate(item.get("summary", [])):
        yield from _summary_events(part, place | {"summary_index": at})
    if "arguments" in item:
        done_keys = {key: item[key] for key in ("arguments", "name")}
        pieces = fragments(item["arguments"])
        yield from _deltas("response.function_call_arguments", place, pieces, done_keys)
    yield {"type": "response.output_item.done", "output_index": index, "item": done}


def _content_events(answer: Answer, part: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    refused = part["type"] == "refusal"
    empty = part | {"refusal" if refused else "text": ""}
    yield {"type": "response.content_part.added", **place, "part": empty}
    if refused:
        done = {"refusal": part["refusal"]}
        yield from _deltas("response.refusal", place, [part["refusal"]], done)
    else:
        place_of_text, done = place | {"logprobs": []}, {"text": part["text"]}
        yield from _deltas("response.output_text", place_of_text, answer.pieces, done)
    yield {"type": "response.content_part.done", **place, "part": part}


def _summary_events(part: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    kind = "response.reasoning_summary"
    yield {"type": f"{kind}_part.added", **place, "part": part | {"text": ""}}
    pieces = fragments(part["text"])
    yield from _deltas(f"{kind}_text", place, pieces, {"text": part["text"]})
    yield {"type": f"{kind}_part.done", **place, "part": part}


def _deltas(
    kind: str, place: JsonObject, pieces: Sequence[str], done: JsonObject
) -> Iterator[JsonObject]:
    for piece in pieces:
        yield {"type": f"{kind}.delta", **place, "delta": piece}
    yield {"type": f"{kind}.done", **place, **done}


def _usage(asked: ToRender, answer: Answer) -> JsonObject | None:
    usage = count_usage(answer, input_texts(asked.body))
    if usage is None:
        return None
    written, long = usage.cache_write, usage.cache_write_12h
    details: JsonObject = {"cached_tokens": usage.cached, "cache_write_tokens": written}
    if long:
        kept = {"ttl_12h_tokens": long, "ttl_30m_tokens": written - long}
        details["cache_write_tokens_details"] = kept
    return {
        "input_tokens": usage.input,
        "input_tokens_details": details,
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.input + usage.output,
    }


def _encrypted(length: int) -> str:
    """Return what encrypted reasoning looks like: no two are alike, even of the same thought."""
    return ("gAAAAAB" + secrets.token_urlsafe(length))[:length]


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(25)}"
