"""The bytes of Responses answers; a delta is a template that takes the time of its write."""

import json

from pydantic import JsonValue

from tools.bench.stamps import STAMP, STAMP_LENGTH

PATH = b"/responses"

_ID = "resp_bench000000000000000000000000000000000000000000"
_ITEM = "msg_bench0000000000000000000000000000000000000000000"
# The events before the first delta; sequence numbers count every event.
_OPENING_EVENTS = 4


def plain_answer(text: str) -> bytes:
    """Return the body of an answer in one piece."""
    return _encode(_response("completed", text))


def opening() -> list[bytes]:
    """Return the events before the first delta."""
    item: JsonValue = {**_item("in_progress"), "content": []}
    part: dict[str, JsonValue] = {
        "output_index": 0,
        "content_index": 0,
        "item_id": _ITEM,
        "part": _part(""),
    }
    events: tuple[tuple[str, dict[str, JsonValue]], ...] = (
        ("response.created", {"response": _response("in_progress", None)}),
        ("response.in_progress", {"response": _response("in_progress", None)}),
        ("response.output_item.added", {"output_index": 0, "item": item}),
        ("response.content_part.added", part),
    )
    return [_event(name, number, fields) for number, (name, fields) in enumerate(events)]


def delta(index: int) -> bytes:
    """Return the event of a delta, as a template for `%` with the stamp."""
    fields: dict[str, JsonValue] = {
        "item_id": _ITEM,
        "output_index": 0,
        "content_index": 0,
        "delta": STAMP,
        "logprobs": [],
        "obfuscation": "kM2xQ7bV",
    }
    return _event("response.output_text.delta", _OPENING_EVENTS + index, fields)


def ending(text: str) -> list[bytes]:
    """Return the events after the last delta of `text`."""
    place: dict[str, JsonValue] = {"item_id": _ITEM, "output_index": 0, "content_index": 0}
    item: JsonValue = {**_item("completed"), "content": [_part(text)]}
    events: tuple[tuple[str, dict[str, JsonValue]], ...] = (
        ("response.output_text.done", {**place, "text": text, "logprobs": []}),
        ("response.content_part.done", {**place, "part": _part(text)}),
        ("response.output_item.done", {"output_index": 0, "item": item}),
        ("response.completed", {"response": _response("completed", text)}),
    )
    first = _OPENING_EVENTS + len(text) // STAMP_LENGTH
    return [_event(name, number, fields) for number, (name, fields) in enumerate(events, first)]


def _response(status: str, text: str | None) -> dict[str, JsonValue]:
    output: list[JsonValue] = []
    if text is not None:
        output.append({**_item(status), "content": [_part(text)]})
    return {
        "id": _ID,
        "object": "response",
        "created_at": 1_795_219_200,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "model": "gpt-4o-mini-2024-07-18",
        "output": output,
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": False,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": None if text is None else _usage(len(text) // STAMP_LENGTH),
        "user": None,
        "metadata": {},
    }


def _item(status: str) -> dict[str, JsonValue]:
    return {"id": _ITEM, "type": "message", "status": status, "role": "assistant"}


def _part(text: str) -> dict[str, JsonValue]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _usage(output: int) -> JsonValue:
    return {
        "input_tokens": 12,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 12 + output,
    }


def _event(name: str, number: int, fields: dict[str, JsonValue]) -> bytes:
    data = {"type": name, "sequence_number": number, **fields}
    return b"event: %s\ndata: %s\n\n" % (name.encode(), _encode(data))


def _encode(value: JsonValue) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
