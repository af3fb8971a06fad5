"""One value of a YAML file with its place, read as the strictest of the hosts reads it.

A value of the wrong type is reported once and then counts as absent, so that one mistake makes one
line. `null` counts as absent, as it does for the daemon and for the SDK's optional fields.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from tools.package.check.problem import Report
from tools.package.check.values import Json, LooseBoolean, shown


class _Absent:
    """The type of the value that stands for no value."""


_ABSENT: Final = _Absent()
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """A value, the keys that lead to it, and where problems with it are noted."""

    file: str
    path: str
    value: Json
    report: Report

    @property
    def present(self) -> bool:
        """Say whether there is a value."""
        return self.value is not _ABSENT

    def problem(self, rule: str, instead: str) -> None:
        """Note a problem with this value."""
        self.report.problem(self.file, self.path or "document", rule, instead)

    def warning(self, rule: str, instead: str) -> None:
        """Note a warning about this value."""
        self.report.warning(self.file, self.path or "document", rule, instead)

    def absent(self) -> "Field":
        """Return this field without its value."""
        return Field(self.file, self.path, _ABSENT, self.report)

    def mapping(self) -> bool:
        """Say whether this is a mapping, and note it if it is something else."""
        if self.present and not isinstance(self.value, dict):
            self.problem(f"must be a mapping, not {shown(self.value)}", "write keys with values")
        return isinstance(self.value, dict)

    def optional(self, key: str) -> "Field":
        """Return the value of a key that may be left out."""
        value = self.value.get(key) if self.mapping() else None
        path = f"{self.path}.{key}" if self.path else key
        return Field(self.file, path, _ABSENT if value is None else value, self.report)

    def required(self, key: str, example: str) -> "Field":
        """Return the value of a key that must be there; `example` says what to write."""
        field = self.optional(key)
        if isinstance(self.value, dict) and not field.present:
            field.problem("is missing", f"write {example}")
        return field

    def not_null(self, key: str) -> "Field":
        """Return the value of a key that may be left out but, for the SDK, may not be null."""
        field = self.optional(key)
        if isinstance(self.value, dict) and key in self.value and not field.present:
            field.problem("is null, which the SDK refuses", "leave the key out or write a value")
        return field

    def items(self, most: int) -> "list[Field]":
        """Return the elements of a list of at most `most` elements."""
        if not self.present:
            return []
        if not isinstance(self.value, list):
            self.problem(f"must be a list, not {shown(self.value)}", "write one `- ` per element")
            return []
        if len(self.value) > most:
            rule = f"has {len(self.value)} elements, at most {most} are accepted"
            self.problem(rule, "leave some out")
        elements = enumerate(self.value[:most])
        return [Field(self.file, f"{self.path}[{n}]", v, self.report) for n, v in elements]

    def text(self, most: int, pattern: str = "", like: str = "") -> str | None:
        """Return a string of 1 to `most` characters that matches `pattern`; `like` explains it."""
        value = self._string()
        if value is None:
            return None
        if not value:
            self.problem("is empty", f"write {like or 'a text'}")
        elif len(value) > most:
            self.problem(f"has {len(value)} characters, at most {most} are accepted", "shorten it")
        elif pattern and not re.fullmatch(pattern, value, re.ASCII):
            self.problem(f"{shown(value)} does not match {pattern}", f"write {like}")
        else:
            return value
        return None

    def one_of(self, choices: Collection[str]) -> str | None:
        """Return a string that is one of `choices`."""
        value = self._string()
        if value is None or value in choices:
            return value
        self.problem(f"{shown(value)} is unknown to a host", f"write one of {', '.join(choices)}")
        return None

    def flag(self) -> bool | None:
        """Return a boolean that every YAML reader takes for one."""
        if not self.present or isinstance(self.value, bool):
            return self.value if self.present else None
        if isinstance(self.value, LooseBoolean):
            self.problem(
                f"{self.value.spelling} is a boolean in YAML 1.1 only", "write true or false"
            )
        else:
            rule = f"must be a boolean, not {shown(self.value)}"
            self.problem(rule, "write true or false, without quotes")
        return None

    def integer(self, least: int, most: int) -> int | None:
        """Return a whole number from `least` to `most`."""
        value = self.number()
        if value is None:
            return None
        if not isinstance(value, int):
            self.problem(f"must be a whole number, not {value}", "write it without a fraction")
        elif not least <= value <= most:
            self.problem(f"{shown(value)} is out of range", f"write {least} to {most}")
        else:
            return value
        return None

    def number(self) -> int | float | None:
        """Return a number; a boolean or a string of digits is none."""
        if not self.present:
            return None
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(f"must be a number, not {shown(value)}", "write digits without quotes")
        elif not -_LARGEST <= value <= _LARGEST:  # nor is NaN, which no JSON carries
            self.problem(f"{shown(value)} is out of range", "write a smaller number")
        else:
            return value
        return None

    def _string(self) -> str | None:
        if not self.present or isinstance(self.value, str):
            return self.value if self.present else None
        if isinstance(self.value, dict | list):
            self.problem(f"must be a string, not {shown(self.value)}", "write one text")
        else:
            # An unquoted scalar: the daemon takes it for a string, pydantic behind PyYAML does not.
            text = shown(self.value)
            self.problem(f"must be a string, not {text} without quotes", "put it in quotes")
        return None
