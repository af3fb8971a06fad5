"""JSON of any shape: values, and texts that readers stumble over."""

import json
from collections.abc import Iterator, Mapping
from typing import cast

from hypothesis import strategies as st
from pydantic import JsonValue

type Json = dict[str, JsonValue]
type Path = tuple[str | int, ...]

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


def paths_in(value: JsonValue, here: Path = ()) -> Iterator[Path]:
    """Yield the path of every value inside a value, its own first."""
    yield here
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in entries:
        yield from paths_in(inner, (*here, key))


def replaced(value: JsonValue, path: Path, new: JsonValue) -> JsonValue:
    """Return a copy of a value with another one at a path."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {k: replaced(v, tuple(rest), new) if k == first else v for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, tuple(rest), new) if n == first else v for n, v in enumerate(value)]
    return value


def without(value: JsonValue, path: Path) -> JsonValue:
    """Return a copy of a value without the key at a path."""
    if not path:
        return None
    first, *rest = path
    if isinstance(value, dict):
        return {
            k: without(v, tuple(rest)) if rest and k == first else v
            for k, v in value.items()
            if rest or k != first
        }
    if isinstance(value, list):
        return [
            without(v, tuple(rest)) if rest and n == first else v
            for n, v in enumerate(value)
            if rest or n != first
        ]
    return value


@st.composite
def spoiled(draw: st.DrawFn, values: st.SearchStrategy[JsonValue]) -> JsonValue:
    """Draw a value and put something odd in one or two places of it, or take them out."""
    value = draw(values)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(paths_in(value))))
        if draw(st.booleans()):
            value = replaced(value, path, draw(json_values))
        else:
            value = without(value, path)
    return value
