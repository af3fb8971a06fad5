"""What people see: the table of what was made, and one line per problem."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.package.build import Artifact
from tools.package.check import Problem, Verdict

_KILOBYTE = 1000


def print_artifacts(console: Console, folder: str, artifacts: Iterable[Artifact]) -> None:
    """Print what was made, each with its checksum below it, for terminals of 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("libs", justify="right", no_wrap=True)
    table.add_column(f"file in {folder}, and its checksum for Dify", overflow="fold")
    for artifact in artifacts:
        name = Text(artifact.path, "bold")
        if artifact.checksum:
            name.append(f"\n{artifact.checksum}", "not bold dim")
        packages = "" if artifact.packages is None else str(artifact.packages)
        table.add_row(_size(len(artifact.content)), packages, name)
    console.print(table)


def print_problems(console: Console, name: str, problems: Iterable[Problem]) -> None:
    """Print one line per problem, unbroken, so that it can be searched and counted."""
    for problem in problems:
        console.print(Text(f"{name}: {problem}"), soft_wrap=True)


def print_verdict(console: Console, name: str, verdict: Verdict) -> None:
    """Print what was found in a file, warnings told apart, and say when it is all right."""
    print_problems(console, name, verdict.problems)
    print_problems(console, f"{name}: warning", verdict.warnings)
    if not verdict.problems:
        console.print(Text(f"{name}: no problems"), soft_wrap=True)


def _size(count: int) -> str:
    thousands = count / _KILOBYTE
    if thousands < _KILOBYTE:
        return f"{thousands:.0f} kB"
    return f"{thousands / _KILOBYTE:.1f} MB"
