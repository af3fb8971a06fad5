"""Strict mode is asked for where a schema is provably in its subset, and nowhere else."""

import pytest
from pydantic import JsonValue

from models.llm.json_schema import output_format
from tests.plain_call import plain_call

type Schema = dict[str, JsonValue]

TEXT: Schema = {"type": "string"}


def closed(**properties: JsonValue) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def nested(depth: int) -> Schema:
    return closed(x=nested(depth - 1) if depth > 1 else TEXT)


STRICT: dict[str, Schema] = {
    "a closed object": closed(x=TEXT),
    "nothing in it": closed(),
    "notes": {**closed(x={**TEXT, "description": "d"}), "title": "T", "$schema": "s"},
    "arrays": closed(x={"type": "array", "items": closed(y=TEXT)}),
    "enum": closed(x={"type": "string", "enum": ["a", "b"]}),
    "null": closed(x={"type": ["string", "null"]}),
    "alternatives": closed(x={"anyOf": [TEXT, closed(y=TEXT), {"type": "null"}]}),
    "references": {**closed(x={"$ref": "#/$defs/y"}), "$defs": {"y": closed(z={"$ref": "#"})}},
    "a property called as a keyword": closed(default=TEXT, oneOf=TEXT, pattern=TEXT),
    "five levels": nested(4),
}
LOOSE: dict[str, Schema] = {
    "open": {"type": "object", "properties": {"x": TEXT}, "required": ["x"]},
    "optional": {**closed(x=TEXT), "required": []},
    "more required": {**closed(x=TEXT), "required": ["x", "y"]},
    "nothing": {},
    "root array": {"type": "array", "items": TEXT},
    "root alternatives": {"anyOf": [closed(x=TEXT)]},
    "root reference": {"$ref": "#/$defs/x", "$defs": {"x": closed(y=TEXT)}},
    "root of two types": {**closed(x=TEXT), "type": ["object", "null"]},
    "array without items": closed(x={"type": "array"}),
    "array of anything": closed(x={"type": "array", "items": {}}),
    "untyped": closed(x={"description": "anything"}),
    "untyped enum": closed(x={"enum": ["a"]}),
    "true": closed(x=True),
    "another type": closed(x={"type": "text"}),
    "default": closed(x={**TEXT, "default": "a"}),
    "oneOf": closed(x={"oneOf": [TEXT]}),
    "allOf": closed(x={"allOf": [TEXT]}),
    "not": closed(x={**TEXT, "not": {"const": "a"}}),
    "uniqueItems": closed(x={"type": "array", "items": TEXT, "uniqueItems": True}),
    "patternProperties": {**closed(x=TEXT), "patternProperties": {"^a": TEXT}},
    "bounds": closed(x={"type": "integer", "minimum": 1}),
    "lengths": closed(x={**TEXT, "minLength": 1}),
    "open in definitions": {**closed(x={"$ref": "#/$defs/y"}), "$defs": {"y": {"type": "object"}}},
    "open in alternatives": closed(x={"anyOf": [TEXT, {"type": "object", "properties": {}}]}),
    "reference with a note": {
        **closed(x={"$ref": "#/$defs/y", "description": "d"}),
        "$defs": {"y": TEXT},
    },
    "reference to nothing": closed(x={"$ref": "#/$defs/y"}),
    "tuple": closed(x={"type": "array", "prefixItems": [TEXT], "items": TEXT}),
    "too deep": nested(5),
    "too many": closed(**{f"x{n}": TEXT for n in range(101)}),
}


@pytest.mark.parametrize("name", [*STRICT, *LOOSE])
def test_strict_is_added_only_to_what_is_provably_strict(name: str) -> None:
    schema = (STRICT | LOOSE)[name]
    call = plain_call({"response_format": "json_schema", "json_schema": schema}, [])
    wanted = output_format(call)
    assert wanted is not None
    assert wanted.schema == {"name": "response", "schema": schema, "strict": name in STRICT}


@pytest.mark.parametrize("strict", [True, False, None])
def test_what_the_caller_marked_stays_as_it_is_marked(strict: bool | None) -> None:
    described: Schema = {"name": "n", "schema": LOOSE["default"], "strict": strict}
    wanted = output_format(
        plain_call({"response_format": "json_schema", "json_schema": described}, [])
    )
    assert wanted is not None
    assert wanted.schema is not None
    assert wanted.schema.get("strict") == strict
