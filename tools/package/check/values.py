"""Values of YAML files, and how a message quotes them in a few words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

type Json = Any

_SHOWN_CHARACTERS = 60
_SHOWN_BITS = 64
_CONTAINERS: dict[type[object], str] = {dict: "a mapping", list: "a list"}


@dataclass(frozen=True, slots=True)
class LooseBoolean:
    """A word like `yes` or `On`: a boolean in YAML 1.1 (the SDK), mostly a string in 1.2 (Go)."""

    spelling: str


def shown(value: object) -> str:
    """Quote a value, whatever its size: aliases can make a value that no memory can print."""
    if isinstance(value, str):
        return repr(value[:_SHOWN_CHARACTERS]) + "…" * (len(value) > _SHOWN_CHARACTERS)
    if isinstance(value, LooseBoolean):
        return value.spelling
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and value.bit_length() > _SHOWN_BITS:
        return "a huge number"
    if isinstance(value, int | float | date | None):
        return str(value)
    return _CONTAINERS.get(type(value), f"a {type(value).__name__}")
