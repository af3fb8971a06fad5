"""One Chat Completions answer in both of its forms, made from the same parts."""

import json
from dataclasses import dataclass
from itertools import chain, zip_longest

from hypothesis import strategies as st
from pydantic import JsonValue

from tests.properties.json_values import Json, record, utf8_text
from tests.properties.streams import cuts_of


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as the body of a response, and as the payloads of a stream's events."""

    whole: Json
    payloads: tuple[Json, ...]


_counts = st.integers(0, 1_000_000)
_usages = st.none() | record(
    {"prompt_tokens": _counts, "completion_tokens": _counts},
    optional={
        "prompt_tokens_details": st.none()
        | record({}, optional={"cached_tokens": st.none() | _counts}),
        "completion_tokens_details": st.none() | record({"reasoning_tokens": _counts}),
    },
)
_frames = record(
    {"id": st.text(min_size=1, max_size=5), "model": utf8_text},
    optional={
        "service_tier": st.sampled_from(["default", "flex"]),
        "system_fingerprint": st.sampled_from(["fp_1", ""]),
    },
)
_reasons = st.sampled_from(
    ["stop", "length", "content_filter", "tool_calls", "function_call", "new"]
)


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Draw an answer with reasoning, text, refusal and calls, any of them empty."""
    frame = draw(_frames)
    said = {
        name: draw(utf8_text)
        for name in ("reasoning_content", "content", "refusal")
        if draw(st.booleans())
    }
    calls = draw(st.lists(_calls(), max_size=3))
    reason, usage = draw(_reasons), draw(_usages)
    message: Json = {"role": "assistant", "content": None, **said}
    if calls:
        message["tool_calls"] = list[JsonValue](calls)
    choice: Json = {"index": 0, "message": message, "finish_reason": reason}
    deltas: list[Json] = [{"role": "assistant", "content": ""}]
    for name, text in said.items():
        deltas += [{name: piece} for piece in draw(cuts_of(text))]
    deltas += [{"tool_calls": [fragment]} for fragment in draw(_fragments(calls))]
    ends: list[tuple[Json, str | None]] = [(delta, None) for delta in deltas]
    chunks: list[Json] = [
        {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        for delta, end in [*ends, ({}, reason)]
    ]
    if draw(st.booleans()):  # Azure's first chunk
        chunks.insert(0, {"id": "", "model": "", "choices": [], "prompt_filter_results": []})
    chunks.append({**frame, "choices": [], "usage": usage})
    return Answer({**frame, "choices": [choice], "usage": usage}, tuple(chunks))


def payloads_of(answer: Answer) -> list[bytes]:
    """Return the payloads of an answer's stream, with its end."""
    return [*(json.dumps(chunk).encode() for chunk in answer.payloads), b"[DONE]"]


def _calls() -> st.SearchStrategy[Json]:
    names = st.text(min_size=1, max_size=8)
    function = record({"name": names, "arguments": utf8_text})
    custom = record({"name": names, "input": utf8_text})
    return record({"id": names, "type": st.just("function"), "function": function}) | record(
        {"id": names, "type": st.just("custom"), "custom": custom}
    )


@st.composite
def _fragments(draw: st.DrawFn, calls: list[Json]) -> list[Json]:
    """Draw the fragments of calls, one call after the other or all in turn."""
    streams = [
        [{"index": at, **piece} for piece in draw(_cut(call))] for at, call in enumerate(calls)
    ]
    if draw(st.booleans()):
        return list(chain.from_iterable(streams))
    turns = zip_longest(*streams)
    return [fragment for turn in turns for fragment in turn if fragment is not None]


@st.composite
def _cut(draw: st.DrawFn, call: Json) -> list[Json]:
    kind = str(call["type"])
    text = "arguments" if kind == "function" else "input"
    inner = call[kind]
    assert isinstance(inner, dict)
    fragments: list[Json] = [{**call, kind: {**inner, text: ""}}]
    fragments += [{kind: {text: piece}} for piece in draw(cuts_of(str(inner[text])))]
    return fragments
