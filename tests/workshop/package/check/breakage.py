"""Small ways to break the good package, and what a check must then say."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.workshop.package.check.good_package import good_files
from tools.package.archive import write_archive
from tools.package.check import problems_of

type Files = dict[str, bytes]
type Breakage = Callable[[Files], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One broken package. said: each problem's `file: field: rule`, in order, and no others."""

    name: str
    breakage: Breakage
    said: tuple[str, ...]


def case(name: str, breakage: Breakage, *said: str) -> Case:
    """Make a row of a table of broken packages."""
    return Case(name, breakage, said)


def name_of(broken: Case) -> str:
    """Name a row for pytest."""
    return broken.name


def edit(file: str, old: str, new: str) -> Breakage:
    """Replace one text of a file, which must be there exactly once."""

    def breakage(files: Files) -> None:
        text = files[file].decode()
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        files[file] = text.replace(old, new).encode()

    return breakage


def put(file: str, content: str | bytes = "") -> Breakage:
    """Add or replace a file."""

    def breakage(files: Files) -> None:
        files[file] = content if isinstance(content, bytes) else content.encode()

    return breakage


def drop(*names: str) -> Breakage:
    """Leave files out."""

    def breakage(files: Files) -> None:
        for name in names:
            del files[name]

    return breakage


def both(*breakages: Breakage) -> Breakage:
    """Break several places for one reason."""

    def breakage(files: Files) -> None:
        for one in breakages:
            one(files)

    return breakage


def assert_said(broken: Case, folder: Path) -> None:
    """Break the good package, pack it, and compare all that the check says."""
    files = good_files()
    broken.breakage(files)
    assert said_of(files, folder) == list(broken.said)


def said_of(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Return each problem of a package with these files as `file: field: rule`."""
    path = folder / "acme.difypkg"
    path.write_bytes(write_archive(files))
    return said(path)


def said(path: Path) -> list[str]:
    """Return each problem of a package, a bundle or a folder as `file: field: rule`."""
    problems = problems_of(path)
    assert all(problem.instead for problem in problems)
    return [f"{problem.file}: {problem.field}: {problem.rule}" for problem in problems]
