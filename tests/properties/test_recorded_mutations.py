"""A recorded answer with any of its values replaced is an answer or one of Dify's errors.

The suite spoils a few places of every recording; the profile `fuzz` all of them in four rounds,
with what is put there drawn anew each time, and places of long lists at both of their ends.
"""

import json
import os
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import JsonValue

from tests.properties.json_values import nested
from tests.properties.recorded_answers import OPERATIONS, RECORDED, RecordedAnswer
from tests.properties.upstream import KEY, PROMPT, Upstream

_FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
_ROUND, _ROUNDS = int(os.environ.get("FUZZ_ROUND", "0")), 4
_PLACES_IN_SUITE = 3
_MOST_SHOWN = 5
_OF_A_LONG_LIST = (0, 1, 2, -1)
_SUBSTITUTES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**30, -(2**63), 1e308),
    *("", "x", "\ud800", "\x00\u2028", "null", "[DONE]", "-1", "2026-13-99", KEY, PROMPT),
    *("a" * 100_000, " " * 50_000, "<think>" * 5_000, "*" * 30_000),
    *([], [None], [[]], [0] * 2_000, {}, {"": None}, {"error": {"message": KEY}}, [{"type": "x"}]),
    *(nested(60), nested(900)),
)

type _Path = tuple[str | int, ...]


def places_in(value: JsonValue, path: _Path = ()) -> Iterator[_Path]:
    """Yield where a value and each value in it stands."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places_in(inner, (*path, key))
    elif isinstance(value, list):
        places = range(len(value))
        for at in {places[at] for at in _OF_A_LONG_LIST if -len(value) <= at < len(value)}:
            yield from places_in(value[at], (*path, at))


def replaced(value: Any, path: _Path, substitute: JsonValue) -> Any:
    """Return a value with a substitute at a place of it."""
    if not path:
        return substitute
    copied = inner = deepcopy(value)
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = substitute
    return copied


def http_answer(recorded: RecordedAnswer, body: bytes) -> bytes:
    """Return an answer with the recorded head and this body."""
    head = [f"HTTP/1.1 {recorded.status} Recorded", *recorded.headers]
    return "\r\n".join([*head, f"content-length: {len(body)}", "", ""]).encode() + body


@pytest.mark.parametrize(
    "recorded", RECORDED, ids=lambda recorded: f"{recorded.exchange.label}-{recorded.call}"
)
def test_any_value_of_a_recording_can_be_anything(
    upstream: Upstream,
    recorded: RecordedAnswer,
    record_property: Callable[[str, object], None],
) -> None:
    documents = recorded.documents()
    places = [
        (at, path)
        for at, document in enumerate(documents)
        if not isinstance(document, bytes)
        for path in places_in(document)
    ]
    chance = random.Random(None if _FUZZ else recorded.exchange.label)
    if _FUZZ:
        places = places[_ROUND % _ROUNDS :: _ROUNDS]
    else:
        places = chance.sample(places, min(len(places), _PLACES_IN_SUITE))
    faults: list[Exception] = []
    for at, path in places:
        substitute = chance.choice(_SUBSTITUTES)
        spoiled = [*documents]
        spoiled[at] = replaced(documents[at], path, substitute)
        try:
            upstream.call(recorded.call, http_answer(recorded, recorded.body(spoiled)))
        except Exception as fault:  # noqa: BLE001 - all that a property must not see
            fault.add_note(f"document {at}, place {path}: {json.dumps(substitute)[:200]}")
            faults.append(fault)
    record_property("tried", len(places))
    if faults:
        raise ExceptionGroup(f"{len(faults)} of {len(places)}", faults[:_MOST_SHOWN])


# What the mutations have found: the answer, the place in its last document, what was put there.
FOUND: tuple[tuple[str, _Path, JsonValue], ...] = (
    ("moderations-text-0", ("id",), 5),
    ("embeddings-float-0", ("usage", "prompt_tokens"), 10**30),
    ("transcription-stream-diarize-0", ("usage", "input_tokens"), KEY),
    ("transcription-stream-diarize-0", ("usage", "output_tokens"), [PROMPT]),
    ("transcription-whisper-0", ("usage", "seconds"), {"of": KEY}),
)


@pytest.mark.parametrize(("label", "path", "substitute"), FOUND)
def test_what_was_found_once_does_no_harm(
    upstream: Upstream, label: str, path: _Path, substitute: JsonValue
) -> None:
    recorded = next(each for each in RECORDED if each.exchange.label == label)
    spoiled = recorded.documents()
    last = max(at for at, document in enumerate(spoiled) if not isinstance(document, bytes))
    spoiled[last] = replaced(spoiled[last], path, substitute)
    answered = upstream.call(recorded.call, http_answer(recorded, recorded.body(spoiled)))
    assert "OpenAI: " not in answered


def test_every_operation_is_recorded() -> None:
    assert {recorded.call.partition("-")[0] for recorded in RECORDED} == {*OPERATIONS.values()}
