"""All that one report tells, gathered once; it is the report's JSON, and what is drawn from."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field
from sqlalchemy import Connection

from tools.usage.endings import Ending, endings
from tools.usage.measures import Measures, Value
from tools.usage.names import known_names
from tools.usage.periods import Period
from tools.usage.reconciliation import Reconciliation, reconciled
from tools.usage.views import WITHOUT, Before, Table, measured, table_by


class Span(Value):
    """From `start` until before `end`."""

    start: datetime
    end: datetime


class Summary(Value):
    """What the calls of a period used, cost and came to."""

    version: Literal[1] = 1
    made_at: datetime
    timezone: str = Field(description="whose days and hours count")
    period: Span
    before: Span = Field(description="the same part of the period before")
    totals: Measures
    totals_before: Before
    tables: list[Table]
    endings: list[Ending] = Field(description="apps that use a model which its service ends")
    reconciliation: Reconciliation | None = Field(
        description="billed against computed; null without bills of the period"
    )
    app_names: dict[str, str] = Field(description="names of apps by id, where known")


def summary(
    connection: Connection, period: Period, groupings: Mapping[tuple[str, ...], bool], timezone: str
) -> Summary:
    """Ask the database everything that a report tells, with a table for each of the groupings.

    A grouping's value says whether the times of its calls are wanted, which take the longest.
    """
    before = _total(connection, period.before, with_times=False)
    return Summary(
        made_at=datetime.now(period.zone),
        timezone=timezone,
        period=Span(start=period.start, end=period.end),
        before=Span(start=period.before.start, end=period.before.end),
        totals=_total(connection, period),
        totals_before=Before(calls=before.calls, cost=before.cost),
        tables=[
            table_by(connection, period, by, with_times=timed) for by, timed in groupings.items()
        ],
        endings=endings(connection, period),
        reconciliation=reconciled(connection, period),
        app_names=known_names(connection),
    )


def _total(connection: Connection, period: Period, *, with_times: bool = True) -> Measures:
    return measured(connection, period, (), with_times=with_times).get((), Measures.none())


def label(dimension: str, key: str | None, names: Mapping[str, str]) -> str:
    """Return a group's value of a dimension as people read it."""
    if key is None:
        return f"({WITHOUT.get(dimension.partition(':')[0], 'none')})"
    return names.get(key, key) if dimension == "app" else key


def change(now: Measures, before: Before | None) -> float | None:
    """Return how much the cost has grown, 0.5 for half as much again; None where it is unknown."""
    if before is None or not before.cost or now.cost is None:
        return None
    return float(now.cost / before.cost) - 1
