"""How a field is read that other vendors' servers fill in their own way.

What an answer does not depend on never fails it: a value that cannot be read is none. All of it is
validated without Python code for the values that are right, since chunks are read by it.
"""

import json
from typing import Annotated

from pydantic import Field, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema


def lists_too_much(fault: ValidationError) -> bool:
    """Return whether what does not fit is a list of more entries than any answer has."""
    (first, *_) = fault.errors(include_url=False, include_context=False, include_input=False)
    return first["type"] == "too_long"


class _OrNone:
    """Reads a value that does not fit as None."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        schema = handler(source)
        return core_schema.with_default_schema(schema, default=None, on_error="default")


class _Scalar:
    """Reads a number or a boolean as its JSON text (langgenius/dify-official-plugins#2711)."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        others = core_schema.union_schema(
            [
                core_schema.bool_schema(strict=True),
                core_schema.int_schema(strict=True),
                core_schema.float_schema(strict=True),
            ]
        )
        written = core_schema.no_info_after_validator_function(json.dumps, others)
        return core_schema.union_schema([handler(source), written], mode="left_to_right")


class _Rounded:
    """Reads a count with a fraction as a whole number; without it, `handler` knows the limits."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        limit = float(_LIMIT)
        fraction = core_schema.float_schema(gt=-limit, lt=limit)
        rounded = core_schema.no_info_after_validator_function(round, fraction)
        return core_schema.union_schema([handler(source), rounded], mode="left_to_right")


OR_NONE = _OrNone()
# What an answer may hold of anything that is listed in it, far above what any has. The first that
# does not fit, or is too many, ends the reading: not every one of a million is told.
_MOST_LISTED = 10_000
type Listed[Entry] = Annotated[list[Entry], Field(max_length=_MOST_LISTED, fail_fast=True)]
# Beyond it JSON does not carry a count exactly, and Dify's daemon and the prices have their limits.
_LIMIT = 1 << 53

# A text that the answer depends on: anything but a scalar fails it.
type Scalar = Annotated[str, _Scalar()]
type Text = Annotated[Scalar | None, OR_NONE]
type Count = Annotated[
    Annotated[int, Field(gt=-_LIMIT, lt=_LIMIT), _Rounded()] | None,
    OR_NONE,
]
