"""What a check says: each problem is one line with the file, the field, the rule and the cure."""

from dataclasses import dataclass

_MOST = 500
_LINE_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and what to write instead.

    `file` is a path inside the package (or the archive's own name), `field` a key, a line or a
    property of the file.
    """

    file: str
    field: str
    rule: str
    instead: str

    def __str__(self) -> str:
        """Say it in one line, whatever characters the package has in its names."""
        text = f"{self.file}: {self.field}: {self.rule}; {self.instead}"
        line = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[:_LINE_CHARACTERS])
        return line if len(text) <= _LINE_CHARACTERS else line + "…"


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that was found: problems make a host or the marketplace refuse, warnings do not."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


class Report:
    """Collects what is wrong with one package, in the order in which it is found, once each."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._warnings: dict[Problem, None] = {}

    def problem(self, file: str, field: str, rule: str, instead: str) -> None:
        """Note what makes a host refuse or mishandle the package, or the marketplace refuse it."""
        _add(self._problems, Problem(file, field, rule, instead))

    def warning(self, file: str, field: str, rule: str, instead: str) -> None:
        """Note what only the owner can fill in, or what is accepted but seldom meant."""
        _add(self._warnings, Problem(file, field, rule, instead))

    def include(self, verdict: Verdict, prefix: str) -> None:
        """Add what was found in an inner package, its files named below `prefix`."""
        for found in verdict.problems:
            self.problem(prefix + found.file, found.field, found.rule, found.instead)
        for found in verdict.warnings:
            self.warning(prefix + found.file, found.field, found.rule, found.instead)

    def verdict(self) -> Verdict:
        """Return everything that was noted."""
        return Verdict(tuple(self._problems), tuple(self._warnings))


def _add(found: dict[Problem, None], problem: Problem) -> None:
    if len(found) < _MOST:
        found[problem] = None
    elif len(found) == _MOST:
        more = f"there are more than {_MOST} problems of this kind"
        found[Problem("package", "problems", more, "cure these first")] = None
