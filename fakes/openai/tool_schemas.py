"""What the service checks of a tool's parameters without strict mode, and where it is told."""

import re
from collections.abc import Iterator

from jsonschema_rs import Draft202012Validator

from fakes.openai.errors import ServiceError, invalid_request
from fakes.openai.json_types import JsonObject

_NOT_AT_THE_ROOT = ("oneOf", "anyOf", "allOf", "enum", "not")
_BY_NAME = ("properties", "patternProperties", "$defs", "definitions")


def _is_regex(pattern: str) -> bool:
    """Compile a pattern as the service does (https://github.com/pleaseai/shunt/pull/488)."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


_META_SCHEMA = Draft202012Validator(
    {"$ref": "https://json-schema.org/draft/2020-12/schema"},
    formats={"regex": _is_regex},
    validate_formats=True,
)


def parameter_refusals(name: str, schema: JsonObject, param: str) -> Iterator[ServiceError]:
    """Yield the refusals of one function's parameters; `param` is the argument they are in."""
    for problem in _problems(schema):
        message = f"Invalid schema for function '{name}': {problem}"
        yield invalid_request(message, param, "invalid_function_parameters")


def _problems(schema: JsonObject) -> Iterator[str]:
    # https://github.com/FoundationAgents/OpenManus/issues/1162
    yield from (f"{violation.message}." for violation in _META_SCHEMA.iter_errors(schema))
    if schema.get("type") != "object":
        # https://github.com/ComposioHQ/composio/issues/1829
        kind = schema.get("type")
        yield f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    if any(word in schema for word in _NOT_AT_THE_ROOT):
        # https://github.com/langchain-ai/langchainjs/issues/9804
        yield "schema must have type 'object' and not have 'oneOf'/… at the top level."
    if "properties" not in schema:
        # https://github.com/spring-projects/spring-ai/issues/4776
        yield "In context=(), object schema missing properties."
    for context, part in _parts(schema, ()):
        types = part.get("type")
        if "array" in (types if isinstance(types, list) else [types]) and "items" not in part:
            # https://github.com/langgenius/dify/issues/32894
            yield f"In context={context}, array schema missing items."
        if re.search(r"\(\?<?[=!]", str(part.get("pattern", ""))):
            # https://github.com/anomalyco/opencode/issues/32073
            yield f"regex lookaround is not supported. Found at {context}."


def _parts(
    schema: object, context: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], JsonObject]]:
    """Yield a schema and every schema in it, with the path to it."""
    if not isinstance(schema, dict):
        return
    yield context, schema
    for word, value in schema.items():
        if word in ("items", "additionalProperties", "contains", "not"):
            yield from _parts(value, (*context, word))
        elif word in _BY_NAME and isinstance(value, dict):
            for name, part in value.items():
                yield from _parts(part, (*context, word, name))
        elif word in ("anyOf", "oneOf", "allOf", "prefixItems") and isinstance(value, list):
            for index, part in enumerate(value):
                yield from _parts(part, (*context, word, str(index)))
