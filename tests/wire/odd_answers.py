"""Answers of real servers for either API: what they are made of, and how one is asked."""

from pydantic import JsonValue

from fakes.dify_daemon.answers import LLMAnswer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    objects_in,
    raw_json,
    raw_stream,
)

CALL: Json = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"a": 1}'}
MESSAGE: Json = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Black."}],
}
REASONING: Json = {
    "type": "reasoning",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "It is night."}],
}
THOUGHT = "<think>\nIt is night.\n</think>\n\n"
COMPLETED = "response.completed"
DELTA: Json = {"type": "response.output_text.delta", "delta": "Black."}
JSON: Json = {"response_format": "json_object"}
ASKED_FOR_JSON: list[Json] = [user_message("Answer in JSON.")]


# Both services, each API in both modes.
ROUTES = {
    ("chat", True): "openai-chat",
    ("chat", False): "azure-chat",
    ("responses", True): "azure-v1-responses",
    ("responses", False): "openai-responses",
}
DELTAS = {
    "output_text": "output_text",
    "summary_text": "reasoning_summary_text",
    "reasoning_text": "reasoning_text",
}


def delta(text: JsonValue, **more: JsonValue) -> Json:
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


STOP: Json = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def ended(output: JsonValue, **more: JsonValue) -> Json:
    response: Json = {"status": "completed", "output": output, **more}
    return {"type": COMPLETED, "response": response}


def message(text: str, phase: str | None = None) -> Json:
    phased: Json = {"phase": phase} if phase else {}
    return {**MESSAGE, "content": [{"type": "output_text", "text": text}], **phased}


def item_events(item: Json, **place: JsonValue) -> list[Json]:
    """Return the events of an item: its beginning, each of its texts as a delta, its end."""
    begun = {key: value for key, value in item.items() if key not in {"content", "summary"}}
    parts = [part for key in ("summary", "content") for part in objects_in(item.get(key))]
    deltas: list[Json] = [
        {"type": f"response.{DELTAS[str(part['type'])]}.delta", "delta": part["text"], **place}
        for part in parts
    ]
    return [
        {"type": "response.output_item.added", "item": begun, **place},
        *deltas,
        {"type": "response.output_item.done", "item": item, **place},
    ]


def streamed_items(*items: Json) -> Json:
    """Return the step that streams these items, and the whole of them at the end."""
    events = [
        event for at, item in enumerate(items) for event in item_events(item, output_index=at)
    ]
    return raw_stream(*events, ended([*items]))


def whole_items(*items: Json) -> Json:
    return raw_json({"status": "completed", "output": [*items]})


def ask(
    wire: Wire, protocol: str, step: Json, *, stream: bool = True, parameters: Json | None = None
) -> LLMAnswer:
    wire.plan(step)
    options = LLMOptions(model_parameters=parameters or {}, stream=stream)
    return wire.ask(wire.target(ROUTES[protocol, stream]), options, messages=ASKED_FOR_JSON)
