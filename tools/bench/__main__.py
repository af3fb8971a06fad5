"""The command line: who is measured, what, and where the numbers go."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.markdown import Markdown

from tools.bench.contenders import (
    plugin_contender,
    raw_client,
    run_suite,
    suite_seconds,
)
from tools.bench.errors import BenchFailure
from tools.bench.machine import allow_descriptors, describe_machine, library_versions
from tools.bench.measures import MEASURES
from tools.bench.results import Results
from tools.bench.scale import FULL, QUICK
from tools.bench.subject import (
    FLOOR,
    OURS,
    PLUGIN_DIRECTORY,
    RAW,
    Subject,
    echo_plugin,
    other_plugin,
    own_plugin,
    provider_names,
    variable,
)
from tools.bench.table import render
from tools.bench.upstream_process import UpstreamProcess
from tools.command import run_command
from tools.progress import Progress

_MOST_REST_SECONDS = 60
_DESCRIPTION = """\
Measure the plugin as a process over stdio against a local upstream, beside the
SDK's floor, the raw openai client and, if wanted, other plugins.
"""
_EPILOG = f"""\
Measures: {", ".join(MEASURES)}.
--against, --python and --env may be given several times; without --python an
environment is looked for in DIR/.venv.
Exit code: 0 everything was measured, 1 something of ours was not, 2 a wrong
option. Missed targets do not change it. Run it alone: it needs two CPUs.
"""


def main() -> int:
    """Measure, or read what was measured, and report it."""
    arguments = _parse_arguments()
    return run_command("bench", lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    results = _read(arguments.read) if arguments.read else _measure(arguments)
    table = render(results)
    if sys.stdout.isatty():
        Console().print(Markdown(table))
    else:
        print(table, end="")
    if arguments.json:
        arguments.json.write_text(results.model_dump_json(indent=1) + "\n", "utf-8")
    if arguments.markdown:
        arguments.markdown.write_text(table, "utf-8")
    return int(any(failure.title in {OURS, FLOOR, RAW} for failure in results.failures))


def _read(path: Path) -> Results:
    try:
        return Results.model_validate_json(path.read_bytes())
    except ValidationError:
        raise BenchFailure(f"{path} is no JSON of this benchmark; write one with --json.") from None


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    several = partial(add, action="append", default=[])
    providers = provider_names(PLUGIN_DIRECTORY)
    several("--against", type=Path, metavar="DIR", help="another plugin's folder")
    several("--python", type=Path, metavar="FILE", help="to run each --against, in order")
    several("--env", type=variable, metavar="NAME=VALUE", help="a variable for the other plugins")
    add("--provider", choices=providers, help="of ours (default: a single --against's)")
    add("--only", nargs="+", choices=MEASURES, default=MEASURES, metavar="NAME", help="measures")
    add("--quick", action="store_true", help="one process per number and fewer calls")
    settle = "rest after warming up, for what a plugin starts beside itself"
    add("--settle", type=_seconds, default=0.0, metavar="SECONDS", help=settle)
    add("--read", type=Path, metavar="FILE", help="read the JSON of an earlier run instead")
    add("--json", type=_writable, metavar="FILE", help="write all numbers")
    add("--markdown", type=_writable, metavar="FILE", help="write the table")
    return parser.parse_args()


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _MOST_REST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 to {_MOST_REST_SECONDS}")
    return seconds


def _writable(text: str) -> Path:
    """Refuse now what could not be written after all measures."""
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is no file in a folder that exists")
    return path


def _measure(arguments: argparse.Namespace) -> Results:
    pythons: list[Path | None] = [*arguments.python, *[None] * len(arguments.against)]
    others = [
        other_plugin(directory, python, dict(arguments.env))
        for directory, python in zip(arguments.against, pythons, strict=False)
    ]
    subjects = [own_plugin(_own_provider(arguments.provider, others)), echo_plugin(), *others]
    scale = replace(QUICK if arguments.quick else FULL, settle_seconds=arguments.settle)
    allow_descriptors()
    chosen = [name for name in MEASURES if name in arguments.only]
    with (
        UpstreamProcess() as upstream,
        Progress(suite_seconds(chosen, subjects, scale)) as progress,
    ):
        plugins = [plugin_contender(subject, upstream, scale) for subject in subjects]
        for plugin in plugins if "start" in chosen else ():
            # Once, so that no measured start compiles its modules.
            plugin.measures["start"](plugin.apis[0])
        contenders = [*plugins, raw_client(upstream, scale)]
        results = Results(
            command=_command(),
            machine=describe_machine(),
            versions={subject.title: library_versions(subject.python) for subject in subjects},
            titles=[contender.title for contender in contenders],
        )
        run_suite(results, chosen, contenders, scale, progress.step)
    return results


def _own_provider(chosen: str | None, others: Sequence[Subject]) -> str:
    names = provider_names(PLUGIN_DIRECTORY)
    theirs = others[0].provider if len(others) == 1 else None
    return chosen or (theirs if theirs in names else names[0])


def _command() -> str:
    """Return the command without the places of this machine."""
    words = (word if word.startswith("-") else os.path.basename(word) for word in sys.argv[1:])
    return " ".join(["python -m tools.bench", *words])


if __name__ == "__main__":
    sys.exit(main())
