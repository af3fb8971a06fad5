"""The command line: who is measured, what, and where the numbers go."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown

from tools.bench.contenders import plugin_contender, raw_client, run_suite
from tools.bench.errors import BenchFailure
from tools.bench.machine import describe_machine, library_versions
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
)
from tools.bench.table import render
from tools.bench.upstream_process import UpstreamProcess

_BY_SIGNAL = 128  # the shells' base of the exit code of what a signal ended
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
    # Unless it becomes an exception, it would leave processes running.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_BY_SIGNAL + number))
    try:
        results = (
            Results.model_validate_json(arguments.read.read_bytes())
            if arguments.read
            else _measure(arguments)
        )
    except BenchFailure as failure:
        Console(stderr=True).print(f"bench: {failure}", style="red")
        return 1
    except KeyboardInterrupt:
        Console(stderr=True).print("bench: interrupted; nothing is left running.")
        return _BY_SIGNAL + signal.SIGINT
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
    several("--env", metavar="NAME=VALUE", help="a variable for the other plugins")
    add("--provider", choices=providers, help="of ours (default: a single --against's)")
    add("--only", nargs="+", choices=MEASURES, default=MEASURES, metavar="NAME", help="measures")
    add("--quick", action="store_true", help="one process per number and fewer calls")
    add("--read", type=Path, metavar="FILE", help="read the JSON of an earlier run instead")
    add("--json", type=Path, metavar="FILE", help="write all numbers")
    add("--markdown", type=Path, metavar="FILE", help="write the table")
    return parser.parse_args()


def _measure(arguments: argparse.Namespace) -> Results:
    pythons: list[Path | None] = [*arguments.python, *[None] * len(arguments.against)]
    others = [
        other_plugin(directory, python)
        for directory, python in zip(arguments.against, pythons, strict=False)
    ]
    subjects = [own_plugin(_own_provider(arguments.provider, others)), echo_plugin(), *others]
    scale = QUICK if arguments.quick else FULL
    environment = dict(pair.partition("=")[::2] for pair in arguments.env)
    status = Console(stderr=True).status("Starting")
    with UpstreamProcess() as upstream, status:
        plugins = [
            plugin_contender(subject, upstream, scale, environment if subject in others else {})
            for subject in subjects
        ]
        for plugin in plugins:
            # Once, so that no measured start compiles its modules.
            plugin.measures["start"](plugin.apis[0])
        contenders = [*plugins, raw_client(upstream, scale)]
        results = Results(
            command=_command(),
            machine=describe_machine(),
            versions={subject.title: library_versions(subject.python) for subject in subjects},
            titles=[contender.title for contender in contenders],
        )
        chosen = [name for name in MEASURES if name in arguments.only]
        run_suite(results, chosen, contenders, scale, status.update)
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
