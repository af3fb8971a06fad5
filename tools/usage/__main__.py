"""The command line: what each app used and costs."""

import argparse
import sys

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError

from tools.usage.database import DatabaseFailure
from tools.usage.names import NamesFailure
from tools.usage.report import add_report

_FAILURES = (DatabaseFailure, NamesFailure, OSError, SQLAlchemyError)


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m tools.usage", description=__doc__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    add_report(subparsers)
    options = parser.parse_args()
    try:
        status: int = options.run(options)
    except _FAILURES as failure:
        Console(stderr=True).print(f"usage: {failure}", style="red", markup=False, highlight=False)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
