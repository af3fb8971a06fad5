"""The subset of JSON Schema that strict mode takes: closed objects with every property required."""

from collections.abc import Iterator

from fakes.openai.errors import ServiceError, invalid_request
from fakes.openai.json_types import JsonObject


def strict_refusals(schema: JsonObject, where: str, param: str) -> Iterator[ServiceError]:
    """Yield the refusals of open objects and optional properties (error-400-tool-schema).

    `where` names the function or the format whose schema it is, `param` the argument.
    """
    of_function = where.startswith("function")
    code = "invalid_function_parameters" if of_function else "invalid_json_schema"
    for context, part in _objects(schema, ()):
        if problem := _problem(part):
            message = f"Invalid schema for {where}: In context={context}, {problem}"
            yield invalid_request(message, param, code)


def _problem(schema: JsonObject) -> str:
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is not false."
    for name in schema.get("properties", {}):
        if name not in schema.get("required", []):
            return (
                "'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{name}'."
            )
    return ""


def _objects(
    schema: object, context: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], JsonObject]]:
    """Yield every object of a schema with the path to it."""
    if not isinstance(schema, dict):
        return
    if "object" in (schema.get("type"), *(schema.get("type") or ())):
        yield context, schema
    for name, part in schema.items():
        if name == "items":
            yield from _objects(part, (*context, name))
        elif name in ("properties", "$defs", "definitions"):
            for key, value in part.items():
                yield from _objects(value, (*context, name, key))
        elif name in ("anyOf", "allOf"):
            for index, value in enumerate(part):
                yield from _objects(value, (*context, name, str(index)))
