"""The members of an object in a JSON schema, wherever its alternatives and references put them."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import unquote

from pydantic import JsonValue

from models.turns import give_way

type Schema = dict[str, JsonValue]

# References to references of the root; a loop of them ends here, and so do those that branch.
_DEEPEST = 8
_MOST_BRANCHES = 250


def members_of(schema: Schema) -> tuple[Schema, list[str]]:
    """Return the properties of an object and of all that its alternatives add, and which of them
    every alternative requires. References are to the same schema."""
    return _members(schema, schema, iter(range(_MOST_BRANCHES)))


def types_of(schema: Mapping[str, JsonValue]) -> Sequence[JsonValue]:
    """Return the types that a schema names; one that names none has the type None."""
    types = schema.get("type")
    return types if isinstance(types, list) else (types,)


def _members(
    schema: Schema, root: Schema, steps: Iterator[int], depth: int = 0
) -> tuple[Schema, list[str]]:
    """Look into as many objects as there are `steps` left."""
    properties = _object(schema.get("properties"))
    required = [name for name in _list(schema.get("required")) if isinstance(name, str)]
    if depth == _DEEPEST or next(steps, None) is None:
        return properties, required
    needed = dict.fromkeys(required)
    for word in ("$ref", "allOf", "anyOf", "oneOf"):
        parts = [_referred(schema, root)] if word == "$ref" else _list(schema.get(word))
        branches = [
            _members(part, root, steps, depth + 1)
            for part in parts
            if isinstance(part, dict) and ("type" not in part or "object" in types_of(part))
        ]
        together = "anyOf" if word == "oneOf" else word
        for name, found in _by_member(members for members, _ in branches).items():
            different = list({json.dumps(part, sort_keys=True): part for part in found}.values())
            merged: Schema = {together: different}
            properties.setdefault(name, different[0] if len(different) == 1 else merged)
        needed_by = Counter(name for _, names in branches for name in names)
        for name, count in needed_by.items():
            if word == "allOf" or count == len(branches):
                needed[name] = None
    return properties, list(needed)


def _by_member(branches: Iterable[Schema]) -> dict[str, list[JsonValue]]:
    """Return for each name what the branches that have it say of it."""
    found: defaultdict[str, list[JsonValue]] = defaultdict(list)
    for members in branches:
        give_way()
        for name, part in members.items():
            found[name].append(part)
    return found


def _referred(schema: Schema, root: Schema) -> JsonValue:
    """Return the schema of the same document that a `$ref` names, None without one."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return None
    found: JsonValue = root
    # A pointer as an address writes it (RFC 6901, section 6).
    for step in unquote(reference).removeprefix("#/").split("/"):
        found = _object(found).get(step.replace("~1", "/").replace("~0", "~"))
    return found


def _object(value: JsonValue) -> Schema:
    return dict(value) if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
