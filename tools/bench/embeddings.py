"""Embeddings side by side: many texts and one, against a service that takes its time.

Run as `python -m tools.bench.embeddings --against DIR`. Each plugin is called as Dify calls it when
it indexes documents: as many texts a call as the model's schema says, ten calls at once. Every
vector is checked by its content to be that of its text.
"""

import argparse
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from fakes.child_process import ChildProcess
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget, get_ai_model_schemas, invoke_text_embedding
from tools.bench.embedding_upstream import number_in
from tools.bench.machine import cpu_seconds, describe_machine, memory_mib
from tools.bench.subject import (
    PLUGIN_DIRECTORY,
    Subject,
    other_plugin,
    own_plugin,
    variable,
)
from tools.command import run_command
from tools.progress import Progress

_MODEL = "text-embedding-3-small"
_CALLS_AT_ONCE = 10
_SINGLE_CALLS = 20
_START_SECONDS = 60.0
# What to expect of one plugin: a start with its single calls, and each of many texts.
_SECONDS_BEFORE, _SECONDS_A_TEXT = 5.0, 0.003


@dataclass(frozen=True, slots=True)
class Row:
    """What one plugin took: for one text in ms, for all of them in seconds, and in memory (MiB)."""

    title: str
    texts_a_call: int
    one_text_ms: float
    wall_seconds: float
    cpu_seconds: float
    first_mib: float
    peak_mib: float
    misplaced: int


def measure(subject: Subject, url: str, texts: int) -> Row:
    """Embed one text after the other, and then many, in a fresh process."""
    target = ModelTarget(
        provider=subject.provider,
        model=_MODEL,
        model_type="text-embedding",
        credentials={"openai_api_key": "sk-bench", "openai_api_base": url},
    )
    with PluginProcess(
        subject.directory, python=subject.python, environment=subject.environment
    ) as plugin:
        pid = plugin.child.pid
        schema: Any = plugin.open_session(get_ai_model_schemas(target)).result()["model_schema"]
        most = int(schema["model_properties"]["max_chunks"])

        def embed(first: int, count: int) -> int:
            """Return how many vectors of a call are not those of their texts."""
            numbers = range(first, min(first + count, texts))
            request = invoke_text_embedding(target, [f"text number {n}" for n in numbers])
            vectors: Any = plugin.open_session(request).result()["embeddings"]
            return sum(number_in(vector) != n for vector, n in zip(vectors, numbers, strict=True))

        embed(0, most)
        first_mib = memory_mib(pid, "VmRSS")
        singles = [_timed(lambda: embed(7, 1)) for _ in range(_SINGLE_CALLS)]
        before, started = cpu_seconds(pid), time.monotonic()
        with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
            calls = range(0, texts, most)
            misplaced = sum(pool.map(embed, calls, [most] * len(calls)))
        wall = time.monotonic() - started
        return Row(
            subject.title,
            most,
            median(singles) * 1e3,
            wall,
            cpu_seconds(pid) - before,
            first_mib,
            memory_mib(pid, "VmHWM"),
            misplaced,
        )


def table(rows: list[Row], texts: int, delay_ms: int) -> str:
    """Return the rows as Markdown."""
    lines = [
        f"| {texts:,} texts, {delay_ms} ms a request | " + " | ".join(r.title for r in rows) + " |",
        "|---" * (len(rows) + 1) + "|",
    ]
    for name, cells in (
        ("texts a call", [f"{row.texts_a_call}" for row in rows]),
        ("one text, ms", [f"{row.one_text_ms:.1f}" for row in rows]),
        ("all texts, s", [f"{row.wall_seconds:.1f}" for row in rows]),
        ("CPU of it, s", [f"{row.cpu_seconds:.1f}" for row in rows]),
        ("memory after the first call, MiB", [f"{row.first_mib:.0f}" for row in rows]),
        ("peak memory, MiB", [f"{row.peak_mib:.0f}" for row in rows]),
        ("vectors of another text", [f"{row.misplaced}" for row in rows]),
    ):
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.embeddings", description=(__doc__ or "").split("\n\n")[1]
    )
    add = parser.add_argument
    add("--against", type=Path, action="append", default=[], metavar="DIR", help="another plugin")
    what = "a variable for the other plugins"
    add("--env", type=variable, action="append", default=[], metavar="NAME=VALUE", help=what)
    add("--texts", type=_count, default=100_000, help="how many (default: 100000)")
    add("--delay", type=int, default=50, metavar="MS", help="of a request (default: 50)")
    arguments = parser.parse_args()
    return run_command("bench", lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    subjects = [
        own_plugin("openai"),
        *(other_plugin(path, None, dict(arguments.env)) for path in arguments.against),
    ]
    seconds = _SECONDS_BEFORE + arguments.texts * _SECONDS_A_TEXT
    server = (sys.executable, "-m", "tools.bench.embedding_upstream", str(arguments.delay))
    rows = []
    with (
        ChildProcess(server, PLUGIN_DIRECTORY) as upstream,
        Progress(seconds * len(subjects)) as progress,
    ):
        url = upstream.first_line(_START_SECONDS).decode().strip()
        for subject in subjects:
            progress.step(f"{arguments.texts:,} texts, {subject.title}", seconds)
            rows.append(measure(subject, url, arguments.texts))
    print(f"{table(rows, arguments.texts, arguments.delay)}\n\n{_machine()}")
    return int(any(row.misplaced for row in rows[:1]))


def _machine() -> str:
    facts = describe_machine()
    return f"{facts['cpus']} CPUs, {facts['processor']}; load {facts['load_at_start']} at the end."


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"{count} is no number of texts; write 1 or more")
    return count


def _timed(call: Callable[[], object]) -> float:
    started = time.monotonic()
    call()
    return time.monotonic() - started


if __name__ == "__main__":
    sys.exit(main())
