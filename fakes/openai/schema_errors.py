"""Words a violation of the published schema as the service does."""

from collections.abc import Sequence
from typing import Any

from jsonschema_rs import ValidationError

from fakes.openai.errors import ServiceError, invalid_request
from fakes.openai.schema_causes import find_cause

_TYPE_NAMES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a decimal",
    "boolean": "a boolean",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
# The order matters: a boolean is an integer too.
_VALUE_NAMES: tuple[tuple[type, str], ...] = (
    (type(None), "null"),
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a decimal number"),
    (str, "a string"),
    (list, "an array"),
    (object, "an object"),
)
# The schema calls these numbers; the service calls every other bounded one an integer.
_DECIMALS = frozenset({"temperature", "top_p", "presence_penalty", "frequency_penalty", "speed"})


def schema_refusal(violation: ValidationError) -> ServiceError:
    """Return the service's 400 of a violation."""
    cause = find_cause(violation)
    param = dotted(cause.path)
    match cause.keyword:
        case "required":
            missing = f"{param}.{cause.limit}" if param else str(cause.limit)
            message = f"Missing required parameter: '{missing}'."
            return invalid_request(message, missing, "missing_required_parameter")
        case "type":
            return invalid_type(param, _expected(cause.limit), cause.value)
        case "enum":
            return invalid_value(param, cause.value, cause.limit)
        case "minItems" if not cause.value:
            message = (
                f"Invalid '{param}': empty array. Expected an array with minimum length "
                f"{cause.limit}, but got an empty array instead."
            )
            return invalid_request(message, param, "empty_array")
        case "minimum" | "maximum" | "minLength" | "maxLength" | "minItems" | "maxItems":
            return out_of_bounds(param, cause.value, cause.keyword, cause.limit)
        case _:
            message = f"Invalid value for '{param}': {cause.message}."
            return invalid_request(message, param, "invalid_value")


def invalid_type(param: str, expected: str, value: object) -> ServiceError:
    """Return the 400 of a value of another type than the `expected` one."""
    message = f"Invalid type for '{param}': expected {expected}, but got {_named(value)} instead."
    return invalid_request(message, param, "invalid_type")


def string_too_long(param: str, value: str, limit: int) -> ServiceError:
    """Return the 400 of a text over its limit in characters."""
    return out_of_bounds(param, value, "maxLength", limit)


def invalid_value(param: str, value: Any, supported: Sequence[Any]) -> ServiceError:
    """Return the 400 of a value outside the `supported` ones."""
    quoted = [f"'{item}'" for item in supported]
    if len(quoted) > 1:
        quoted[-1] = f"and {quoted[-1]}"
    listed = (" " if len(quoted) == 2 else ", ").join(quoted)  # noqa: PLR2004
    message = f"Invalid value: '{value}'. Supported values are: {listed}."
    return invalid_request(message, param, "invalid_value")


def out_of_bounds(param: str, value: Any, kind: str, limit: int | float) -> ServiceError:
    """Return the 400 of a number, text or list beyond `limit`; `kind` is the schema keyword."""
    above = kind.startswith("max")
    if kind.endswith("imum"):
        noun = "decimal" if param in _DECIMALS else "integer"
        side = "above maximum" if above else "below minimum"
        message = (
            f"Invalid '{param}': {noun} {side} value. Expected a value "
            f"{'<=' if above else '>='} {limit:g}, but got {value} instead."
        )
        code = f"{noun}_{'above_max' if above else 'below_min'}_value"
        return invalid_request(message, param, code)
    noun, article = ("string", "a") if kind.endswith("Length") else ("array", "an")
    message = (
        f"Invalid '{param}': {noun} too {'long' if above else 'short'}. Expected {article} {noun} "
        f"with {'maximum' if above else 'minimum'} length {limit}, but got {article} {noun} with "
        f"length {len(value)} instead."
    )
    return invalid_request(message, param, f"{noun}_{'above_max' if above else 'below_min'}_length")


def dotted(path: Sequence[str | int]) -> str:
    """Return a path into a body as the service writes it: `messages[0].content`."""
    segments = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(segments).removeprefix(".")


def _expected(types: Sequence[str]) -> str:
    names = [_TYPE_NAMES[name] for name in types if name != "null"] or ["null"]
    return names[0] if len(names) == 1 else f"one of {' or '.join(names)}"


def _named(value: object) -> str:
    return next(name for kind, name in _VALUE_NAMES if isinstance(value, kind))
