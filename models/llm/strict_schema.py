"""The subset of JSON Schema that both services are known to take in strict mode.

OpenAI's guide "Structured outputs", "Supported schemas", and Azure OpenAI's page of the same name,
which has less: no bounds, patterns or formats, 100 properties, 5 levels. Whoever needs more than
both take marks the schema strict, and the service says what it thinks of it.
"""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from models.turns import give_way

_NOTES = frozenset({"title", "description"})
_OF_THE_ROOT = frozenset({"$defs", "definitions", "$schema"})
_OF_A_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items"}),
    "string": frozenset({"enum", "const"}),
    "number": frozenset({"enum", "const"}),
    "integer": frozenset({"enum", "const"}),
    "boolean": frozenset({"enum", "const"}),
    "null": frozenset(),
}
_MOST_PROPERTIES = 100
_MOST_VALUES = 250
_DEEPEST = 5


def is_strict(schema: Mapping[str, JsonValue]) -> bool:
    """Return whether a schema is provably one that strict mode takes."""
    root = {name: value for name, value in schema.items() if name not in _OF_THE_ROOT}
    definitions = _definitions(schema)
    if root.get("type") != "object" or definitions is None:
        return False
    names = {"#", *(f"#/{word}/{name}" for word in definitions for name in definitions[word])}
    parts: list[JsonValue] = [part for word in definitions.values() for part in word.values()]
    properties = values = 0
    level: list[JsonValue] = [root, *parts]
    for _ in range(_DEEPEST):
        deeper: list[JsonValue] = []
        while level:
            give_way()
            part = level.pop()
            if not isinstance(part, dict) or not _is_known(part, names):
                return False
            properties += len(_named(part, "properties"))
            values += len(_listed(part, "enum"))
            level += _listed(part, "anyOf")
            deeper += _inside(part)
        level = deeper
    return not level and properties <= _MOST_PROPERTIES and values <= _MOST_VALUES


def _definitions(schema: Mapping[str, JsonValue]) -> dict[str, dict[str, JsonValue]] | None:
    """Return the schemas that others refer to, by their word and name; None if they are none."""
    found: dict[str, dict[str, JsonValue]] = {}
    for word in ("$defs", "definitions"):
        parts = schema.get(word, {})
        if not isinstance(parts, dict):
            return None
        found[word] = parts
    return found


def _is_known(part: Mapping[str, JsonValue], names: set[str]) -> bool:
    """Return whether one node is a reference, alternatives, or of types with their keywords."""
    if "$ref" in part:
        # Alone: the service refuses a reference with keywords beside it.
        reference = part["$ref"]
        return set(part) == {"$ref"} and isinstance(reference, str) and reference in names
    keywords = set(part) - _NOTES
    if "anyOf" in part:
        return keywords == {"anyOf"} and bool(_listed(part, "anyOf"))
    given = part.get("type")
    types = given if isinstance(given, list) else [given]
    if not types or not all(isinstance(name, str) and name in _OF_A_TYPE for name in types):
        return False
    allowed = frozenset[str]().union(*(_OF_A_TYPE[str(name)] for name in types))
    if not keywords <= allowed | {"type"}:
        return False
    if "enum" in part and not _listed(part, "enum"):
        return False
    closed = "object" not in types or _is_closed(part)
    return closed and ("array" not in types or isinstance(part.get("items"), dict))


def _is_closed(part: Mapping[str, JsonValue]) -> bool:
    """Return whether an object names all its properties as required and allows no others."""
    properties, required = part.get("properties", {}), part.get("required", [])
    return (
        part.get("additionalProperties") is False
        and isinstance(properties, dict)
        and isinstance(required, list)
        and len(required) == len(properties)
        and properties.keys() == {name for name in required if isinstance(name, str)}
    )


def _inside(part: Mapping[str, JsonValue]) -> Iterator[JsonValue]:
    yield from _named(part, "properties").values()
    if "items" in part:
        yield part["items"]


def _named(part: Mapping[str, JsonValue], word: str) -> dict[str, JsonValue]:
    value = part.get(word)
    return value if isinstance(value, dict) else {}


def _listed(part: Mapping[str, JsonValue], word: str) -> list[JsonValue]:
    value = part.get(word)
    return value if isinstance(value, list) else []
