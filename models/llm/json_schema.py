"""Structured output: what the app asked for, checked before the request and never altered."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from models.failures.failure import bad_request
from models.llm.invocation import Invocation
from models.llm.strict_schema import is_strict

_DEFAULT_NAME = "response"
# API reference, `response_format.json_schema.name`.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """The form of an answer that is not plain text.

    `schema` is the request's description of a JSON schema: `name`, `schema`, and `description` and
    `strict` where they were given; None for JSON of any shape.
    """

    type: Literal["json_object", "json_schema"]
    schema: Mapping[str, JsonValue] | None = None


def asks_for_json(invocation: Invocation) -> bool:
    """Return whether an answer is to be JSON, without reading the schema that it is to follow."""
    return _kind(invocation.parameters.get("response_format")) in {"json_object", "json_schema"}


def output_format(invocation: Invocation) -> OutputFormat | None:
    """Return the form that `response_format` and `json_schema` ask for, None for text.

    Raises InvokeBadRequestError if the schema is missing, is no JSON, or is no schema.
    """
    wanted = invocation.parameters.get("response_format")
    match _kind(wanted):
        case "json_object":
            return OutputFormat("json_object")
        case "json_schema":
            given = wanted if isinstance(wanted, dict) else invocation.parameters.get("json_schema")
            return OutputFormat("json_schema", _described(_parsed(given)))
        case _:
            return None


def _kind(wanted: JsonValue) -> str:
    kind = wanted.get("type") if isinstance(wanted, dict) else wanted
    return str(kind or "text").lower()


def _parsed(value: JsonValue) -> dict[str, JsonValue]:
    if value is None or value == "":
        raise bad_request(
            "Response format json_schema needs a JSON schema; fill in the parameter JSON schema"
        )
    if isinstance(value, str):
        try:
            value = json.loads(value)
            # Python reads more than a request can carry: NaN, 1e999, halves of surrogate pairs.
            json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise bad_request(f"The JSON schema is not JSON: {_problem(error)}") from None
    if not isinstance(value, dict):
        raise bad_request(
            f"The JSON schema is a JSON {type(value).__name__}, not an object; write it as "
            '{"type": "object", "properties": …}'
        )
    return value


def _described(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return the description of a schema, whether it was given alone or inside its description."""
    inner = value.get("json_schema")
    if isinstance(inner, dict):
        value = inner
    schema = value.get("schema")
    if not isinstance(schema, dict):
        if "schema" in value and "type" not in value:
            raise bad_request("The JSON schema's `schema` is not an object; write the schema there")
        return {"name": _DEFAULT_NAME, "schema": value, "strict": is_strict(value)}
    name = value.get("name", _DEFAULT_NAME)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise bad_request(
            f"The JSON schema's name {name!r} is not allowed; use up to 64 letters, digits, _ or -"
        )
    known = {key: value[key] for key in ("description", "strict") if value.get(key) is not None}
    return {"name": name, "schema": schema, **known}


def _problem(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} in line {error.lineno}, column {error.colno}"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return "it has a number or a character that JSON cannot carry"
