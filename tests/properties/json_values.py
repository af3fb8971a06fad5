"""JSON of any shape: values, and texts that readers stumble over."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, cast

from hypothesis import strategies as st
from pydantic import JsonValue

type Json = dict[str, JsonValue]

# With lone surrogates, which Python's texts can have and UTF-8 cannot.
any_text = st.text(st.characters(), max_size=30)
utf8_text = st.text(max_size=30)

_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)


def json_of(
    leaves: st.SearchStrategy[JsonValue], texts: st.SearchStrategy[str]
) -> st.SearchStrategy[JsonValue]:
    """Return JSON values with these leaves, and these texts as leaves and keys."""
    return st.recursive(
        leaves | texts,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(texts, inner, max_size=4)
            | st.lists(st.tuples(utf8_text, inner), max_size=3).map(dict)
        ),
        max_leaves=8,
    )


# What the daemon can send: it has decoded and encoded the JSON before.
json_values = json_of(_leaves, utf8_text)
json_objects = st.dictionaries(utf8_text, json_values, max_size=5)


def record(
    required: Mapping[str, st.SearchStrategy[object]],
    optional: Mapping[str, st.SearchStrategy[object]] | None = None,
) -> st.SearchStrategy[Json]:
    """Return objects with these fields, all of them JSON."""
    objects = st.fixed_dictionaries(dict(required), optional=dict(optional or {}))
    # A list of objects is JSON, and no list of JSON for the type checker.
    return cast("st.SearchStrategy[Json]", objects)


def nested(depth: int) -> JsonValue:
    """Return a value of this many levels, lists and objects in turn."""
    value: JsonValue = 1
    for level in range(depth):
        value = [value] if level % 2 else {"type": value}
    return value


# As text, JSON can be what no parsed value should be.
_awkward_json = st.sampled_from(
    [
        "NaN",
        "-Infinity",
        "1e999",
        "9" * 5000,
        '"\\ud800"',
        '{"a": 1, "a": {"type": "object"}}',
        "",
        "\ufeff{}",
        "{",
        '{"type": "object"} x',
    ]
)
_deep_json = st.integers(1, 2000).map(
    lambda depth: '{"type":' * depth + "1" + "}" * depth  # json.dumps would not get that deep
)
_whole_json = json_of(_leaves | st.floats(), any_text).map(json.dumps)
json_texts = _awkward_json | _deep_json | _whole_json
awkward_json_objects = (_awkward_json | _deep_json).map(lambda text: f'{{"type":"x","a":{text}}}')


@st.composite
def spoiled(draw: st.DrawFn, values: st.SearchStrategy[JsonValue]) -> JsonValue:
    """Draw a value and put something odd in one or two places of it, or take them out."""
    whole: list[JsonValue] = [deepcopy(draw(values))]
    for _ in range(draw(st.integers(1, 2))):
        container, key = draw(st.sampled_from([*_places_in(whole)]))
        if draw(st.booleans()):
            container[key] = draw(json_values)
        elif container is whole:
            whole[0] = None
        else:
            del container[key]
    return whole[0]


def _places_in(container: Any) -> Iterator[tuple[Any, str | int]]:
    """Yield every place in a list or object that holds a value, those inside its values too."""
    keys = container if isinstance(container, dict) else range(len(container))
    for key in keys:
        yield container, key
        if isinstance(container[key], dict | list):
            yield from _places_in(container[key])
