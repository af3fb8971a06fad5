"""Finds, inside the unions of the published schema, the violation that says what was meant.

A message is one of six shapes and an input item one of forty: when none fits, the report of the
shape that the caller meant is worth telling, and the others are noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema_rs import ValidationError

_DISCRIMINATORS = ("role", "type", "object")


@dataclass(frozen=True, slots=True)
class Cause:
    """One violated keyword: where, with which value, and what the keyword allows."""

    keyword: str
    path: tuple[str | int, ...]
    value: Any
    limit: Any
    message: str


def find_cause(violation: ValidationError) -> Cause:
    """Return the violation to report: for a union, that of the branch that comes nearest."""
    if violation.kind.name not in ("anyOf", "oneOf"):
        return Cause(
            keyword=violation.kind.name,
            path=tuple(violation.instance_path),
            value=violation.instance,
            limit=violation.kind.value,
            message=violation.message,
        )
    depth = len(violation.instance_path)
    branches = [[find_cause(item) for item in branch] for branch in violation.kind.value if branch]
    nearest = min(_distance(branch, depth) for branch in branches)
    near = [branch for branch in branches if _distance(branch, depth) == nearest]
    return _merged([max(branch, key=lambda cause: _mismatch(cause, depth)) for branch in near])


def _distance(branch: Sequence[Cause], depth: int) -> tuple[int, int]:
    """Return how far a branch is from the value: by its mismatch, then by the depth reached."""
    worst = max(_mismatch(cause, depth) for cause in branch)
    return worst, -max(len(cause.path) for cause in branch)


def _mismatch(cause: Cause, depth: int) -> int:
    """Return 2 where the value is of another type altogether, 1 where of another shape, else 0."""
    if cause.keyword == "type" and len(cause.path) == depth:
        return 2
    at_discriminator = len(cause.path) == depth + 1 and cause.path[-1] in _DISCRIMINATORS
    if cause.keyword == "enum" and at_discriminator:
        return 1
    without = cause.keyword == "required" and cause.limit in _DISCRIMINATORS
    return int(without and len(cause.path) == depth)


def _merged(causes: Sequence[Cause]) -> Cause:
    """Return the first cause, with what its equals at the same place allow as well."""
    first = causes[0]
    if first.keyword not in ("enum", "type"):
        return first
    allowed: list[Any] = []
    for cause in causes:
        if (cause.keyword, cause.path) == (first.keyword, first.path):
            allowed += [value for value in cause.limit if value not in allowed]
    return replace(first, limit=allowed)
