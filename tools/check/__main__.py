"""The command line: which check to run."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from tools.check.browser.check import check_browser
from tools.check.faults import check_faults
from tools.check.fuzz import MINUTES, check_fuzz
from tools.check.host.check import check_host
from tools.check.host.run import HostOptions
from tools.check.install import check_install
from tools.check.load import check_load
from tools.check.telemetry import TelemetryScale, check_telemetry
from tools.check.usage import check_usage
from tools.command import run_command

_CHECKS: Mapping[str, Callable[[Console, argparse.Namespace], None]] = {
    "install": lambda console, _: check_install(console),
    "faults": lambda console, _: check_faults(console),
    "load": lambda console, options: check_load(console, short=options.short),
    "usage": lambda console, options: check_usage(console, short=options.short),
    "browser": lambda console, options: check_browser(console, options.shots),
    "telemetry": lambda console, options: check_telemetry(
        console, TelemetryScale(calls=500) if options.short else TelemetryScale()
    ),
    "fuzz": lambda console, options: check_fuzz(console, options.minutes),
    "host": lambda console, options: check_host(
        console, HostOptions(options.daemon, options.key, options.sign, options.log)
    ),
}
_EPILOG = """\
install  build the packages twice, install each as the Dify daemon does (offline
         ones with the network cut), and call the local service through them
faults   every fault of the local service on every route, in both modes, for every model
         type: Dify's class, requests, what is stored, time; writes docs/faults.md
load     1,000 streams at once, 500 for two minutes with faults, 10,000 calls, 2,000
         credentials: what they leave behind; writes docs/load.md, --short does not
usage    100,000 stored completions and 100,000 lines through the usage report: time,
         memory, sums against SQL, kills, collectors that meet in PostgreSQL; --short
telemetry
         10,000 calls of every kind from three processes, while the collector refuses,
         stalls, goes and comes back: what arrives adds up to the usage lines; --short
fuzz     the properties with new random examples, round after round, for --minutes;
         four rounds also spoil every value of every recorded answer
browser  the usage report's page of 100,000 calls in a Chromium without a network: sorted,
         filtered, by keyboard, in both themes, printed; pictures of it into --shots
host     the built packages in a running plugin daemon on this machine (--daemon, --key):
         signatures, installation, forms, every kind of call, faults, an upgrade, the log
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
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="browser: for its pictures")
    parser.add_argument("--daemon", default="http://127.0.0.1:5002", help="host: %(default)s")
    parser.add_argument("--key", default="", help="host: the daemon's SERVER_KEY")
    parser.add_argument(
        "--sign",
        type=_existing,
        metavar="PRIVATE",
        help="host: key to sign with, where the daemon forces signatures",
    )
    parser.add_argument(
        "--log", type=_existing, metavar="FILE", help="host: what the daemon writes"
    )
    options = parser.parse_args()

    def check() -> int:
        _CHECKS[options.check](Console(), options)
        return 0

    return run_command("check", check)


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


if __name__ == "__main__":
    sys.exit(main())
