"""Tells a violation of the published schema with the service's own error code and `param`.

The codes: github.com/OpenBMB/ChatDev/issues/446, github.com/diffbot/code-gpt-docs/issues/273 and
the recordings of error-400-*. A message is one of six shapes and an input item one of forty: when
none fits, the violation of the shape that the caller meant is told, and the others are noise.
"""

from collections.abc import Sequence
from typing import Any

from jsonschema_rs import ValidationError

from fakes.openai.errors import ServiceError, invalid_request

_DISCRIMINATORS = ("role", "type", "object")
# The schema calls these numbers; the service calls every other bounded one an integer.
_DECIMALS = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty", "speed"})
# By the end of a keyword such as `maxLength`: what is bounded, and which quantity of it.
_BOUNDED = {
    "imum": ("integer", "value"),
    "Length": ("string", "length"),
    "Items": ("array", "length"),
    "Properties": ("object", "properties"),
}


def schema_refusal(violation: ValidationError) -> ServiceError:
    """Return the service's 400 of a violation."""
    cause = _find_cause(violation)
    param, keyword = dotted(cause.instance_path), cause.kind.name
    limit, value = cause.kind.value, cause.instance
    match keyword:
        case "required":
            missing = f"{param}.{limit}" if param else str(limit)
            message = f"Missing required parameter: '{missing}'."
            return invalid_request(message, missing, "missing_required_parameter")
        case "type":
            expected = " or ".join(limit)
            message = f"Invalid '{param}': expected {expected}, not {type(value).__name__}."
            return invalid_request(message, param, "invalid_type")
        case "enum":
            message = f"Invalid '{param}': {value!r} is none of {', '.join(map(str, limit))}."
            return invalid_request(message, param, "invalid_value")
        case "minItems" if not value:
            return invalid_request(f"Invalid '{param}': empty array.", param, "empty_array")
        case _ if keyword[3:] in _BOUNDED:
            return _out_of_bounds(param, keyword, limit, value)
        case _:
            return invalid_request(f"Invalid '{param}': {cause.message}.", param, "invalid_value")


def _out_of_bounds(param: str, keyword: str, limit: float, value: Any) -> ServiceError:
    """Return the 400 of a number, text, list or object beyond `limit`."""
    noun, quantity = _BOUNDED[keyword[3:]]
    if param in _DECIMALS:
        noun = "decimal"
    side = "above_max" if keyword.startswith("max") else "below_min"
    shown = value if quantity == "value" else f"a length of {len(value)}"
    message = f"Invalid '{param}': {keyword} is {limit:g}, not {shown}."
    return invalid_request(message, param, f"{noun}_{side}_{quantity}")


def dotted(path: Sequence[str | int]) -> str:
    """Return a path into a body as the service writes it: `messages[0].content`."""
    segments = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(segments).removeprefix(".")


def _find_cause(violation: ValidationError) -> ValidationError:
    """Return the violation to report: of a union, that of the branch that comes nearest."""
    if violation.kind.name == "propertyNames":
        return _find_cause(violation.kind.value)
    if violation.kind.name not in ("anyOf", "oneOf"):
        return violation
    depth = len(violation.instance_path)
    branches = [[_find_cause(item) for item in branch] for branch in violation.kind.value if branch]
    nearest = min(branches, key=lambda branch: _distance(branch, depth))
    return max(nearest, key=lambda cause: _mismatch(cause, depth))


def _distance(branch: Sequence[ValidationError], depth: int) -> tuple[int, int]:
    """Return how far a branch is from the value: by its mismatch, then by the depth reached."""
    worst = max(_mismatch(cause, depth) for cause in branch)
    return worst, -max(len(cause.instance_path) for cause in branch)


def _mismatch(cause: ValidationError, depth: int) -> int:
    """Return 2 where the value is of another type altogether, 1 where of another shape, else 0."""
    path, keyword = cause.instance_path, cause.kind.name
    if keyword == "type" and len(path) == depth:
        return 2
    named = keyword == "enum" and len(path) == depth + 1 and path[-1] in _DISCRIMINATORS
    nameless = keyword == "required" and cause.kind.value in _DISCRIMINATORS and len(path) == depth
    return int(named or nameless)
