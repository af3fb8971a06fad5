"""The form's "More parameters": lines of `name = value`, for parameters without a field."""

import re
from collections.abc import Mapping, Sequence

from dify_plugin.entities.model import ParameterRule, ParameterType
from pydantic import JsonValue

from models.catalogue.forms import MORE
from models.failures.failure import bad_request

_LINE = re.compile(r"(\w+)\s*[=:]\s*(.*)")
_BOOLEANS = {"true": True, "false": False}


def with_more(
    parameters: Mapping[str, JsonValue], rules: Sequence[ParameterRule]
) -> dict[str, JsonValue]:
    """Return the parameters with those of the lines among them; a field's own value holds.

    Raises InvokeBadRequestError for a line that is none, or that names no parameter of the model.
    """
    spread = dict(parameters)
    if not isinstance(written := spread.get(MORE), str):
        return spread  # unset, or of a type that the check refuses
    del spread[MORE]
    by_name = {rule.name: rule for rule in rules if rule.name != MORE}
    for line in written.splitlines():
        if line.strip():
            name, value = _entry(line, by_name)
            spread.setdefault(name, value)
    return spread


def _entry(line: str, rules: Mapping[str, ParameterRule]) -> tuple[str, JsonValue]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise bad_request(
            f"More parameters: {line.strip()!r} is not of the form name = value; write one "
            "parameter in each line, for example tool_choice = required"
        )
    name, value = found.groups()
    if name not in rules:
        raise bad_request(
            f"More parameters: this model has no {name!r}; it has {', '.join(sorted(rules))}"
        )
    return name, _typed(value, rules[name].type)


def _typed(value: str, kind: ParameterType | None) -> JsonValue:
    """Return a value as its parameter's type, any other as it stands: the check refuses it."""
    try:
        match kind:
            case ParameterType.BOOLEAN:
                return _BOOLEANS.get(value.lower(), value)
            case ParameterType.INT:
                return int(value)
            case ParameterType.FLOAT:
                return float(value)
    except ValueError:
        return value
    return value
