"""The `report` command: what it takes, and what it writes where."""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import SQLAlchemyError

from tools.usage.budget import Budget, budget_in, exceeded, unknown_apps
from tools.usage.database import (
    DatabaseFailure,
    calls,
    in_one_line,
    open_database,
    writing,
)
from tools.usage.measures import Measures
from tools.usage.names import NamesFailure, names_from_dify, names_in, write_names
from tools.usage.page import as_page, page_groupings
from tools.usage.periods import Period, between, last, zone_named
from tools.usage.prometheus import BY, as_metrics
from tools.usage.summary import Summary, summary
from tools.usage.terminal import console_of, show
from tools.usage.views import DIMENSIONS, Keys, is_dimension, measured
from tools.usage.written import as_csv, as_json

OVER_BUDGET = 3
_MOST_DIMENSIONS = 2
_DESCRIPTION = """\
Show what each app used and what it costs, of the calls that `collect` has read.
"""
_EPILOG = f"""\
Dimensions: {", ".join(DIMENSIONS)}, and tag:NAME, the values of one tag.
A FILE of - is the standard output; the tables are not printed then.

Exit code: 0 all is said, 1 it cannot be, 2 a wrong option, {OVER_BUDGET} an app is above its
budget: the standard error has a line for each.
"""


def add_report(subparsers: Any, database: argparse.ArgumentParser) -> None:
    """Add the command to argparse's subparsers; `run` of its options returns the exit code.

    database: has the option of the same name.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "report",
        help="show what each app used and costs",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[database],
    )
    parser.set_defaults(run=lambda options: run_report(parser, options))
    parser.add_argument(
        "--by",
        action="append",
        metavar="DIMENSION",
        type=_typed(_dimension),
        help="group by it; twice: by both at once (app)",
    )
    parser.add_argument("--last", default=None, metavar="30d", help="24h, 30d or 4w (30d)")
    parser.add_argument(
        "--from",
        dest="first",
        type=_typed(_day),
        metavar="DAY",
        help="first day, 2026-11-01; until now",
    )
    parser.add_argument(
        "--to", dest="final", type=_typed(_day), metavar="DAY", help="last day, it too"
    )
    parser.add_argument("--timezone", default="UTC", help="whose days count (%(default)s)")
    parser.add_argument(
        "--top", type=int, default=50, metavar="N", help="groups that are printed (%(default)s)"
    )
    parser.add_argument("--html", metavar="FILE", help="write one page that needs no network")
    parser.add_argument("--csv", metavar="FILE", help="write the table")
    parser.add_argument("--json", metavar="FILE", help="write all; report.schema.json says what")
    parser.add_argument(
        "--prometheus", metavar="FILE", help="write counters for a textfile collector"
    )
    parser.add_argument("--openmetrics", metavar="FILE", help="write the same as OpenMetrics")
    parser.add_argument(
        "--names", type=Path, metavar="FILE.csv", help="app ids and names; they are kept"
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="accounts; its [dify] tells where names are"
    )
    parser.add_argument(
        "--budget",
        action="append",
        default=[],
        metavar="APP=USD",
        type=_typed(budget_in),
        help="by id or name, *=50 for every other app; repeatable",
    )


def run_report(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Write what is asked for, and return the exit code."""
    by = options.by or ["app"]
    try:
        period = _period(options, datetime.now(zone_named(options.timezone)))
    except ValueError as error:
        parser.error(f"{error}.")
    if len(by) > _MOST_DIMENSIONS or len(set(by)) < len(by):
        parser.error("calls can be grouped by two different dimensions at once.")
    errors = console_of(stderr=True)
    try:
        engine = _existing(options.database)
        _keep_names(engine, options, errors)
        with engine.connect() as connection:
            return _report(connection, period, options, errors)
    except (DatabaseFailure, NamesFailure) as failure:
        told = str(failure)
    except SQLAlchemyError as error:
        told = f"the database failed: {in_one_line(error)}."
    except OSError as error:
        told = f"{error.filename!r} cannot be written: {error.strerror}."
    errors.print(f"usage: {told}", style="red", markup=False)
    return 1


def _report(
    connection: Connection, period: Period, options: argparse.Namespace, errors: Console
) -> int:
    by = tuple(options.by or ["app"])
    groupings = {by: True}
    if options.html:
        groupings = page_groupings(period) | groupings
    everything = summary(connection, period, groupings, options.timezone)
    asked = [table for table in everything.tables if tuple(table.by) == by]
    report = everything.model_copy(update={"tables": asked})
    outputs: dict[str, Callable[[], str]] = {
        "html": lambda: as_page(everything, period),
        "csv": lambda: as_csv(report.tables[0], report.app_names),
        "json": lambda: as_json(report),
        "prometheus": lambda: as_metrics(_ever(connection), report, "prometheus"),
        "openmetrics": lambda: as_metrics(_ever(connection), report, "openmetrics"),
    }
    targets = {name: target for name in outputs if (target := getattr(options, name))}
    for name, target in targets.items():
        _write(target, outputs[name]())
    if "-" not in targets.values():
        show(console_of(), report, options.top)
    return _check_budgets(connection, period, report, options.budget, errors)


def _period(options: argparse.Namespace, now: datetime) -> Period:
    if options.first is None and options.final is None:
        return last(options.last or "30d", now)
    if options.first is None or options.last is not None:
        raise ValueError("a period is --last, or --from with or without --to")
    return between(options.first, options.final, now)


def _existing(name: str) -> Engine:
    if "://" not in name and not Path(name).is_file():
        raise DatabaseFailure(f"There is no database {name!r} yet: `collect` makes it.")
    return open_database(name)


def _keep_names(engine: Engine, options: argparse.Namespace, errors: Console) -> None:
    """Keep the names that Dify and a file tell, the file's over Dify's."""
    names: dict[str, str] = {}
    if options.config:
        names, faults = names_from_dify(options.config, os.environ)
        for fault in faults:
            errors.print(f"usage: {fault}; the app is shown by its id.", markup=False)
    if options.names:
        names |= names_in(options.names)
    if names:
        with writing(engine) as connection:
            write_names(connection, names)


def _ever(connection: Connection) -> dict[Keys, Measures]:
    start, end = datetime.fromtimestamp(0, UTC), datetime.now(UTC) + timedelta(days=1)
    return measured(connection, Period(start, end, end - start), BY, with_times=False)


def _write(target: str, text: str) -> None:
    """Write a file whole or not at all: what watches it never reads half of one."""
    if target == "-":
        sys.stdout.write(text)
        return
    path = Path(target)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(text, encoding="utf-8", newline="")
    unfinished.replace(path)


def _check_budgets(
    connection: Connection, period: Period, report: Summary, budgets: list[Budget], errors: Console
) -> int:
    if not budgets:
        return 0
    measures = measured(connection, period, ("app",), with_times=False)
    costs = {app: each for (app,), each in measures.items() if app is not None}
    ever = connection.scalars(select(calls.c.app_id).distinct())
    for app in unknown_apps(budgets, (each for each in ever if each), report.app_names):
        errors.print(f"usage: no app {app!r} is known; its budget watches nothing.", markup=False)
    lines = exceeded(budgets, costs, report.app_names)
    for line in lines:
        errors.print(f"above its budget: {line}", markup=False)
    return OVER_BUDGET if lines else 0


def _dimension(text: str) -> str:
    if not is_dimension(text):
        raise ValueError(f"{text!r} is no dimension: take {', '.join(DIMENSIONS)} or tag:NAME")
    return text


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no day: write 2026-11-01") from None


def _typed[T](read: Callable[[str], T]) -> Callable[[str], T]:
    """Return a reader whose sentence argparse shows as it is."""

    def reader(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return reader
