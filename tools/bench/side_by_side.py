"""Plugins side by side on one small upstream: what the benchmarks of single model types share.

Each plugin runs in a fresh process, as the daemon starts it, and has a column of the table.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from fakes.child_process import ChildProcess
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget
from tools.bench.errors import BenchFailure
from tools.bench.machine import cpu_seconds, describe_machine, memory_mib
from tools.bench.subject import PLUGIN_DIRECTORY, other_plugin, own_plugin, variable
from tools.command import run_command
from tools.progress import Progress

_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Running:
    """A fresh process of a plugin, and its model that is called."""

    process: PluginProcess
    target: ModelTarget

    def at_once[Item, Answer](
        self, call: Callable[[Item], Answer], items: Sequence[Item], most: int
    ) -> tuple[list[Answer], float, float]:
        """Call for each item, at most so many at once.

        Return the answers, and how long they and how much CPU of the plugin they took, in seconds.
        """
        before, started = cpu_seconds(self.process.child.pid), time.monotonic()
        with ThreadPoolExecutor(most) as pool:
            answers = list(pool.map(call, items))
        wall = time.monotonic() - started
        return answers, wall, cpu_seconds(self.process.child.pid) - before

    def memory_mib(self) -> float:
        """Return what the process uses now."""
        return memory_mib(self.process.child.pid, "VmRSS")

    def memory_cells(self, first_mib: float) -> dict[str, str]:
        """Return the cells of memory: after the first call, and the most until now."""
        peak_mib = memory_mib(self.process.child.pid, "VmHWM")
        return {
            "memory after the first call, MiB": f"{first_mib:.0f}",
            "peak memory, MiB": f"{peak_mib:.0f}",
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is done with each plugin.

    what: above the names of the rows; upstream: the module that serves, and its arguments; measure:
    returns the cells of a plugin by the names of their rows, and how many answers were wrong;
    wrong: the name of that row; seconds: about how long a plugin takes.
    """

    what: str
    model: str
    model_type: str
    upstream: Sequence[str]
    measure: Callable[[Running], tuple[Mapping[str, str], int]]
    wrong: str
    seconds: float


def options(of: str, page: str) -> argparse.ArgumentParser:
    """Return the options of all such benchmarks; `page` tells of one in its second paragraph."""
    parser = argparse.ArgumentParser(
        prog=f"python -m tools.bench.{of}", description=page.split("\n\n")[1]
    )
    add = parser.add_argument
    add("--against", type=Path, action="append", default=[], metavar="DIR", help="another plugin")
    what = "a variable for the other plugins"
    add("--env", type=variable, action="append", default=[], metavar="NAME=VALUE", help=what)
    return parser


def text_count(text: str) -> int:
    """Read the value of an option that says how many texts."""
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is no number of texts; write 1 or more")
    return count


def compare(comparison: Comparison, arguments: argparse.Namespace) -> int:
    """Measure each plugin, print the table, and return 1 if an answer of ours was wrong."""
    return run_command("bench", lambda: _compare(comparison, arguments))


def _compare(comparison: Comparison, arguments: argparse.Namespace) -> int:
    subjects = [
        own_plugin("openai"),
        *(other_plugin(path, None, dict(arguments.env)) for path in arguments.against),
    ]
    columns, wrong = [], []
    with (
        ChildProcess((sys.executable, "-m", *comparison.upstream), PLUGIN_DIRECTORY) as upstream,
        Progress(comparison.seconds * len(subjects)) as progress,
    ):
        url = upstream.first_line(_START_SECONDS).decode().strip()
        if not url:
            raise BenchFailure(f"The upstream did not start; it says: {upstream.last_error}")
        for subject in subjects:
            progress.step(f"{comparison.what}, {subject.title}", comparison.seconds)
            target = ModelTarget(
                provider=subject.provider,
                model=comparison.model,
                model_type=comparison.model_type,
                credentials={"openai_api_key": "sk-bench", "openai_api_base": url},
            )
            with PluginProcess(
                subject.directory, python=subject.python, environment=subject.environment
            ) as plugin:
                cells, wrong_answers = comparison.measure(Running(plugin, target))
            heading = {comparison.what: subject.title}
            columns.append({**heading, **cells, comparison.wrong: f"{wrong_answers}"})
            wrong.append(wrong_answers)
    print(f"{_table(columns)}\n\n{_machine()}")
    return int(wrong[0] > 0)


def _table(columns: Sequence[Mapping[str, str]]) -> str:
    """Return the columns as Markdown; the first cell of each is its heading."""
    head, *rows = (
        f"| {name} | {' | '.join(cells[name] for cells in columns)} |" for name in columns[0]
    )
    return "\n".join([head, "|---" * (len(columns) + 1) + "|", *rows])


def _machine() -> str:
    facts = describe_machine()
    return f"{facts['cpus']} CPUs, {facts['processor']}; load {facts['load_at_start']} at the end."
