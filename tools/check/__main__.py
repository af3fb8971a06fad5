"""The command line: which check to run."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping

from rich.console import Console

from fakes.dify_daemon.errors import PluginFailure
from fakes.openai.process import ServiceFailure
from tools.bench.errors import BenchFailure
from tools.check.errors import CheckFailure
from tools.check.faults import check_faults
from tools.check.fuzz import MINUTES, check_fuzz
from tools.check.install import check_install
from tools.check.load import check_load

_CHECKS: Mapping[str, Callable[[Console, argparse.Namespace], None]] = {
    "install": lambda console, _: check_install(console),
    "faults": lambda console, _: check_faults(console),
    "load": lambda console, options: check_load(console, short=options.short),
    "fuzz": lambda console, options: check_fuzz(console, options.minutes),
}
_EPILOG = """\
install  build the packages twice, install each as the Dify daemon does (offline
         ones with the network cut), and call the local service through them
faults   every fault of the local service on every route, in both modes, for every model
         type: Dify's class, requests, what is stored, time; writes docs/faults.md
load     1,000 streams at once, 500 for two minutes with faults, 10,000 calls, 2,000
         credentials: what they leave behind; writes docs/load.md, --short does not
fuzz     the properties with new random examples, round after round, for --minutes;
         four rounds also spoil every value of every recorded answer
Exit code: 0 the check holds, 1 it does not, 2 a wrong option.
"""


def main() -> int:
    """Run one check."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.check",
        description="Run a check that takes longer, or needs more, than the tests may.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("check", choices=sorted(_CHECKS))
    parser.add_argument(
        "--minutes",
        type=float,
        default=MINUTES,
        help="how long fuzz begins new rounds (%(default)g)",
    )
    parser.add_argument("--short", action="store_true", help="a twentieth of the load, to try it")
    options = parser.parse_args()
    try:
        _CHECKS[options.check](Console(), options)
    except (
        BenchFailure,
        CheckFailure,
        PluginFailure,
        ServiceFailure,
        subprocess.TimeoutExpired,
    ) as failure:
        Console(stderr=True).print(f"check: {failure}", style="red", markup=False, highlight=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
