"""One answer of the Responses API in both of its forms, made from the same parts."""

import json
from collections.abc import Iterator

from hypothesis import strategies as st
from pydantic import JsonValue

from tests.properties.chat_answers import Answer
from tests.properties.json_values import Json, record, utf8_text
from tests.properties.streams import cuts_of

_ids = st.text(min_size=1, max_size=8)
_counts = st.integers(0, 1_000_000)
_usages = st.none() | record(
    {"input_tokens": _counts, "output_tokens": _counts},
    optional={
        "input_tokens_details": st.none() | record({"cached_tokens": _counts}),
        "output_tokens_details": record({"reasoning_tokens": _counts}),
    },
)
_ENDINGS: tuple[tuple[str, JsonValue], ...] = (
    ("completed", None),
    ("completed", None),
    ("incomplete", {"reason": "max_output_tokens"}),
    ("incomplete", {"reason": "content_filter"}),
    ("incomplete", None),
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Draw an answer with any number of items of every kind that is read."""
    status, details = draw(st.sampled_from(_ENDINGS))
    items = draw(st.lists(_items(), max_size=4))
    whole: Json = {
        "id": draw(_ids),
        "object": "response",
        "model": draw(utf8_text),
        "status": status,
        "incomplete_details": details,
        "error": None,
        "output": list[JsonValue](items),
        "usage": draw(_usages),
        "service_tier": draw(st.sampled_from([None, "default"])),
    }
    opened: Json = {**whole, "status": "in_progress", "output": [], "usage": None}
    events: list[Json] = [
        {"type": "response.created", "response": opened},
        {"type": "response.not_yet_known", "delta": draw(utf8_text)},
    ]
    for item in items:
        begun: Json = {name: item[name] for name in ("type", "phase") if name in item}
        events.append({"type": "response.output_item.added", "item": begun})
        events += [event for part in _parts(item) for event in draw(_part_events(part))]
        events.append({"type": "response.output_item.done", "item": item})
    events.append({"type": f"response.{status}", "response": whole})
    return Answer(whole, tuple(events))


def payloads_of(answer: Answer) -> list[bytes]:
    """Return the payloads of an answer's stream."""
    return [json.dumps(event).encode() for event in answer.payloads]


def _items() -> st.SearchStrategy[Json]:
    summary = record({"type": st.just("summary_text"), "text": utf8_text})
    thought = record({"type": st.just("reasoning_text"), "text": utf8_text})
    page = st.sampled_from(["https://a.example", "https://b.example"])
    citation = record(
        {
            "type": st.just("url_citation"),
            "url": page,
            "title": utf8_text,
            "start_index": _counts,
            "end_index": _counts,
        }
    )
    text = record(
        {
            "type": st.just("output_text"),
            "text": utf8_text,
            "annotations": st.lists(citation, max_size=2),
        }
    )
    refusal = record({"type": st.just("refusal"), "refusal": utf8_text})
    source = record({"type": st.just("url"), "url": page})
    action = record(
        {"type": st.just("search"), "query": utf8_text, "sources": st.lists(source, max_size=2)}
    )
    return (
        _item(
            "reasoning",
            summary=st.lists(summary, max_size=3),
            content=st.lists(thought, max_size=2),
            encrypted_content=utf8_text,
        )
        | _item(
            "message",
            role=st.just("assistant"),
            status=st.just("completed"),
            content=st.lists(text | refusal, max_size=3),
        )
        | _item(
            "message",
            role=st.just("assistant"),
            status=st.just("completed"),
            phase=st.sampled_from(["commentary", "final_answer"]),
            content=st.lists(text, max_size=3),
        )
        | _item("function_call", call_id=_ids, name=_ids, arguments=utf8_text)
        | _item("custom_tool_call", call_id=_ids, name=_ids, input=utf8_text)
        | _item("web_search_call", status=st.just("completed"), action=action)
    )


def _item(kind: str, **fields: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[Json]:
    return record({"type": st.just(kind), "id": _ids, **fields})


def _parts(item: Json) -> Iterator[Json]:
    for name in ("summary", "content"):
        parts = item.get(name)
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict):
                yield part


@st.composite
def _part_events(draw: st.DrawFn, part: Json) -> list[Json]:
    """Draw the events of a part: its beginning, its text in pieces, its end."""
    kind = part["type"]
    if kind == "refusal":
        pieces = draw(cuts_of(str(part["refusal"])))
        return [{"type": "response.refusal.delta", "delta": piece} for piece in pieces]
    pieces = draw(cuts_of(str(part["text"])))
    if kind == "output_text":
        return [{"type": "response.output_text.delta", "delta": piece} for piece in pieces]
    name = "response.reasoning_summary" if kind == "summary_text" else "response.reasoning"
    deltas: list[Json] = [{"type": f"{name}_text.delta", "delta": piece} for piece in pieces]
    return [{"type": f"{name}_part.added"}, *deltas, {"type": f"{name}_part.done"}]
