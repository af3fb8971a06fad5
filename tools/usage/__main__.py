"""The command line: collect calls into the database, report on them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.usage.collect import add_collect
from tools.usage.database import DEFAULT_DATABASE
from tools.usage.report import add_report

# Of the wheel, or of the tree (tools/package/usage_wheel.py).
_COMMAND = "dify-usage" if Path(sys.argv[0]).stem == "dify-usage" else "python -m tools.usage"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; by default the process's own."""
    parser = argparse.ArgumentParser(
        prog=_COMMAND,
        description="What each app used and what it costs, from logs and the service's records.",
    )
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    database = argparse.ArgumentParser(add_help=False)
    database.add_argument(
        "--database", default=DEFAULT_DATABASE, help="file or postgresql:// (%(default)s)"
    )
    add_collect(subparsers, database)
    add_report(subparsers, database)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
