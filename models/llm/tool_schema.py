"""The parameters of a tool as the services take them: mended where they refuse, else untouched.

OpenAI and Azure OpenAI check each tool's schema against JSON Schema's own schema, with Python's
`re` for patterns (pleaseai/shunt#488), and refuse a whole request for one keyword that fails it. A
keyword that nobody could read is left out, and what PHP or an older draft wrote is put into today's
words. Two rules are the services' own: arrays say what is in them, and the root is a plain object.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import quote

from pydantic import JsonValue

from models.llm.schema_members import Schema, members_of, types_of
from models.turns import give_way

type _Reading = Callable[[JsonValue], JsonValue]

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
# BerriAI/litellm#40485: Python's `re` cannot compile it. anomalyco/opencode#32073: no lookaround.
_LOOKAROUND = re.compile(r"\(\?<?[=!]")
# nspady/google-calendar-mcp#39, langchain-ai/langchainjs#9804.
_REFUSED_AT_THE_ROOT = ("oneOf", "anyOf", "allOf", "enum", "not", "$ref")
# A URI reference (RFC 3986, section 4.1), as `$ref` and `$id` are (JSON Schema 2020-12, core,
# section 8.2); what only UTF-8 can write is escaped before.
_PART = r"(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"
_REFERENCE = re.compile(rf"{_PART}(?:#{_PART})?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Longer ones take Python's compiler too long.
_LONGEST_PATTERN = 2_000


def mended_parameters(parameters: Mapping[str, JsonValue] | None) -> Schema:
    """Return a tool's parameters as an object that the services take; None means "takes none"."""
    # ComposioHQ/composio#1829, spring-projects/spring-ai#4776: the type and the properties.
    mended = {"type": "object", "properties": {}, **_mended_keywords(parameters or {})}
    root = {name: value for name, value in mended.items() if name not in _REFUSED_AT_THE_ROOT}
    if len(root) < len(mended):
        properties, required = members_of(mended)
        root["properties"] = properties
        if required:
            root["required"] = list[JsonValue](required)
    return {**root, "type": "object"}


def _mended(schema: JsonValue) -> JsonValue:
    """Return a schema inside another; `{}`, which takes anything, where it is none.

    `true` and `false` are schemas too, which compatible servers refuse
    (androidStern-personal/openclaw-mcp-adapter#9): `{}` and `{"not": {}}` say the same.
    """
    if schema is False:
        return {"not": {}}
    return _mended_keywords(schema) if isinstance(schema, dict) else {}


def _mended_keywords(schema: Mapping[str, JsonValue]) -> Schema:
    mended: Schema = {}
    give_way()
    for name, value in _in_todays_words(schema):
        if name not in _READABLE:
            mended[name] = value
        elif (read := _READABLE[name](value)) is not None:
            mended[name] = read
    if "array" in types_of(mended):
        # langgenius/dify#32894, PrefectHQ/fastmcp#2464, campfirein/byterover-cli#42.
        mended.setdefault("items", {})
    return mended


def _in_todays_words(schema: Mapping[str, JsonValue]) -> Iterator[tuple[str, JsonValue]]:
    """Yield the keywords of a schema, those of older drafts under the names of today."""
    demanding = _demanding_properties(schema)
    for name, value in schema.items():
        match name, value:
            case "items", list(parts):
                # NousResearch/hermes-agent#20976.
                yield "prefixItems", parts
                yield "items", schema.get("additionalItems", {})
            case "exclusiveMinimum" | "exclusiveMaximum", bool(exclusive):
                bound = schema.get(_inclusive(name))
                if exclusive and bound is not None:
                    yield name, bound
            case "minimum" | "maximum", _ if schema.get(f"exclusiveM{name[1:]}") is True:
                continue
            case "required", list(names) if demanding:
                yield name, [*names, *demanding]
            case _:
                yield name, value
    if demanding and not isinstance(schema.get("required"), list):
        yield "required", list[JsonValue](demanding)


def _inclusive(name: str) -> str:
    return f"m{name.removeprefix('exclusiveM')}"


def _demanding_properties(schema: Mapping[str, JsonValue]) -> list[str]:
    """Return the properties that demand themselves, as draft 3 wrote it.

    CherryHQ/cherry-studio#4188, opensearch-project/opensearch-mcp-server-py#51.
    """
    properties = schema.get("properties")
    parts = properties.items() if isinstance(properties, dict) else ()
    return [name for name, part in parts if isinstance(part, dict) and part.get("required") is True]


def _text(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) else None


def _reference(value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return None
    written = quote(value, safe="%#/?:@!$&'()*+,;=~", errors="replace")
    return written if _REFERENCE.fullmatch(written) else None


def _identifier(value: JsonValue) -> JsonValue:
    written = _reference(value)
    return written if isinstance(written, str) and "#" not in written[:-1] else None


def _address(value: JsonValue) -> JsonValue:
    written = _reference(value)
    return written if isinstance(written, str) and _SCHEME.match(written) else None


def _truth(value: JsonValue) -> JsonValue:
    return value if isinstance(value, bool) else None


def _values(value: JsonValue) -> JsonValue:
    return value if isinstance(value, list) and value else None


def _type(value: JsonValue) -> JsonValue:
    """Read the names of types that there are: microsoft/semantic-kernel#5545."""
    if not isinstance(value, list):
        return value if value in _TYPES else None
    known = list[JsonValue](dict.fromkeys(str(name) for name in value if name in _TYPES))
    return known or None


def _names(value: JsonValue) -> JsonValue:
    if not isinstance(value, list):
        return None
    return list[JsonValue](dict.fromkeys(name for name in value if isinstance(name, str)))


def _pattern(value: JsonValue) -> JsonValue:
    return value if isinstance(value, str) and _compiles(value) else None


def _compiles(pattern: str) -> bool:
    if len(pattern) > _LONGEST_PATTERN:
        return False
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return _LOOKAROUND.search(pattern) is None


def _number(value: JsonValue) -> JsonValue:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _count(value: JsonValue) -> JsonValue:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _divisor(value: JsonValue) -> JsonValue:
    return value if isinstance(value, int | float) and value is not True and value > 0 else None


def _by_name(value: JsonValue) -> JsonValue:
    """Read schemas by name; PHP writes none of them as `[]` (FoundationAgents/OpenManus#1162)."""
    if not isinstance(value, dict):
        return {}
    return {name: _mended(part) for name, part in value.items()}


def _by_pattern(value: JsonValue) -> JsonValue:
    if not isinstance(value, dict):
        return None
    return {name: _mended(part) for name, part in value.items() if _compiles(name)}


def _demands(value: JsonValue) -> JsonValue:
    parts = value.items() if isinstance(value, dict) else ()
    return {name: _names(part) for name, part in parts if isinstance(part, list)} or None


def _several(value: JsonValue) -> JsonValue:
    return [_mended(part) for part in value] if isinstance(value, list) and value else None


def _others(value: JsonValue) -> JsonValue:
    """Read what holds for other members: a boolean as it is, and no schema where none was meant."""
    return value if isinstance(value, bool) or value is None else _mended(value)


_READABLE: Mapping[str, _Reading] = {
    name: reading
    for reading, names in {
        _type: "type",
        _names: "required",
        _values: "enum examples",
        _pattern: "pattern",
        _text: "title description format $comment contentEncoding",
        _reference: "$ref",
        _identifier: "$id",
        _address: "$schema",
        _number: "minimum maximum exclusiveMinimum exclusiveMaximum",
        _divisor: "multipleOf",
        _count: "minLength maxLength minItems maxItems minProperties maxProperties minContains "
        "maxContains",
        _truth: "uniqueItems deprecated readOnly writeOnly",
        _by_name: "properties $defs definitions dependentSchemas",
        _by_pattern: "patternProperties",
        _demands: "dependentRequired",
        _several: "anyOf oneOf allOf prefixItems",
        _mended: "items contains not if then else propertyNames contentSchema",
        _others: "additionalProperties unevaluatedProperties unevaluatedItems",
    }.items()
    for name in names.split()
}
