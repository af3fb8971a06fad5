"""The subset of JSON Schema that strict mode takes: closed objects with every property required."""

from collections.abc import Iterator

from fakes.openai.errors import invalid_request
from fakes.openai.json_types import JsonObject


def check_strict_schema(schema: JsonObject, where: str, param: str) -> None:
    """Refuse a strict schema with an open object or an optional property (error-400-tool-schema).

    `where` names the function or the response format, `param` the argument.
    """
    code = "invalid_function_parameters" if where.startswith("function") else "invalid_json_schema"
    for context, part in _objects(schema, ()):
        named = (
            "("
            + ", ".join(f"'{name}'" for name in context)
            + ("," if len(context) == 1 else "")
            + ")"
        )
        problem = _problem(part)
        if problem:
            message = f"Invalid schema for {where}: In context={named}, {problem}"
            raise invalid_request(message, param, code)


def _problem(schema: JsonObject) -> str:
    if schema.get("additionalProperties") is not False:
        return "'additionalProperties' is required to be supplied and to be false."
    required = schema.get("required", [])
    for name in schema.get("properties", {}):
        if name not in required:
            return (
                "'required' is required to be supplied and to be an array including every key in "
                f"properties. Missing '{name}'."
            )
    return ""


def _objects(
    schema: object, context: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], JsonObject]]:
    if not isinstance(schema, dict):
        return
    kind = schema.get("type")
    if kind == "object" or (isinstance(kind, list) and "object" in kind):
        yield context, schema
    for name, part in schema.get("properties", {}).items():
        yield from _objects(part, (*context, "properties", name))
    yield from _objects(schema.get("items"), (*context, "items"))
    for key in ("anyOf", "allOf"):
        for index, part in enumerate(schema.get(key, [])):
            yield from _objects(part, (*context, key, str(index)))
    for key in ("$defs", "definitions"):
        for name, part in schema.get(key, {}).items():
            yield from _objects(part, (*context, key, name))
