"""The command line: collect calls into the database, report on them."""

import argparse
import sys
from collections.abc import Sequence

from tools.usage.collect import add_collect
from tools.usage.report import add_report


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; by default the process's own."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.usage",
        description="What each app used and what it costs, from logs and the service's records.",
    )
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    add_collect(subparsers)
    add_report(subparsers)
    options = parser.parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
