"""The command line: which check to run."""

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from fakes.dify_daemon.errors import PluginFailure
from fakes.openai.process import ServiceFailure
from fakes.otlp_collector.process import CollectorFailure
from tools.bench.errors import BenchFailure
from tools.check.errors import CheckFailure
from tools.check.faults import check_faults
from tools.check.fuzz import MINUTES, check_fuzz
from tools.check.host.check import check_host
from tools.check.host.run import HostOptions
from tools.check.install import check_install
from tools.check.load import check_load
from tools.check.telemetry import TelemetryScale, check_telemetry
from tools.package.errors import PackagerFailure

_CHECKS: Mapping[str, Callable[[Console, argparse.Namespace], None]] = {
    "install": lambda console, _: check_install(console),
    "faults": lambda console, _: check_faults(console),
    "load": lambda console, options: check_load(console, short=options.short),
    "telemetry": lambda console, options: check_telemetry(
        console, TelemetryScale(calls=500) if options.short else TelemetryScale()
    ),
    "fuzz": lambda console, options: check_fuzz(console, options.minutes),
    "host": lambda console, options: check_host(
        console, HostOptions(options.daemon, options.key, options.sign, options.log)
    ),
}
_FAILURES = (
    BenchFailure,
    CheckFailure,
    CollectorFailure,
    PackagerFailure,
    PluginFailure,
    ServiceFailure,
    subprocess.TimeoutExpired,
)
_EPILOG = """\
install  build the packages twice, install each as the Dify daemon does (offline
         ones with the network cut), and call the local service through them
faults   every fault of the local service on every route, in both modes, for every model
         type: Dify's class, requests, what is stored, time; writes docs/faults.md
load     1,000 streams at once, 500 for two minutes with faults, 10,000 calls, 2,000
         credentials: what they leave behind; writes docs/load.md, --short does not
telemetry
         10,000 calls of every kind from three processes, while the collector refuses,
         stalls, goes and comes back: what arrives adds up to the usage lines
fuzz     the properties with new random examples, round after round, for --minutes;
         four rounds also spoil every value of every recorded answer
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
    try:
        _CHECKS[options.check](Console(), options)
    except _FAILURES as failure:
        Console(stderr=True).print(f"check: {failure}", style="red", markup=False, highlight=False)
        return 1
    return 0


def _existing(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {text!r}")
    return path


if __name__ == "__main__":
    sys.exit(main())
