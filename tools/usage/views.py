"""The questions that a report asks of the database: calls of a period, by one or two dimensions.

Every statement is SQLAlchemy Core that SQLite and PostgreSQL run alike; sums are of whole
picodollars, and so exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import Field
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    RowMapping,
    Subquery,
    and_,
    case,
    func,
    or_,
    select,
)

from tools.usage.database import COST_PARTS, call_tags, calls
from tools.usage.measures import Measures, Usd, Value
from tools.usage.periods import SLOTS, Period

type Keys = tuple[str | None, ...]

_HOUR_MS = 3_600_000
_COLUMNS: Mapping[str, ColumnElement[Any]] = {
    "app": calls.c.app_id,
    "model": calls.c.model,
    "api": calls.c.api,
    "service": calls.c.provider,
    "account": calls.c.account,
    "tier": calls.c.tier,
    "user": calls.c.user_digest,
    "why": calls.c.why,
    "failure": calls.c.error,
}
_NOTHING = Measures.none()
# What stands where a call has no value of a dimension.
WITHOUT: Mapping[str, str] = {
    "app": "no app id",
    "account": "no account",
    "tier": "not named",
    "user": "not sent",
    "why": "no reason",
    "failure": "answered",
    "tag": "no tag",
}
DIMENSIONS = (*_COLUMNS, "tag", "hour", "day", "month")
_SUMS = (
    *("input", "cached", "cache_write", "output", "reasoning", "audio_input", "audio_output"),
    *("characters", "seconds", "searches"),
)
_MONEY = (*COST_PARTS, "saved")
_PERCENTILES = {"p50": 0.5, "p95": 0.95}
_PAID_FOR = ("input", "output", "characters", "seconds", "searches")


class Before(Value):
    """The same group in the period before."""

    calls: int
    cost: Usd | None = Field(description="USD; null where no call has a known price")


class Group(Value):
    """Calls that have the same values of the table's dimensions."""

    keys: dict[str, str | None] = Field(
        description="value of each dimension; null for calls without one"
    )
    measures: Measures
    before: Before | None = Field(
        description="the same part of the period before; null where time itself is a dimension"
    )


class Table(Value):
    """Calls of a period by one or two dimensions, the dearest group first, times in their order."""

    by: list[str]
    groups: list[Group]


def is_dimension(name: str) -> bool:
    """Return whether calls can be grouped by a name: one of DIMENSIONS, or `tag:NAME`."""
    return name in DIMENSIONS or (name.startswith("tag:") and len(name) > len("tag:"))


def table_by(
    connection: Connection, period: Period, by: Sequence[str], *, with_times: bool = True
) -> Table:
    """Return the calls of a period by some dimensions, beside the period before.

    By `tag` a call is in the group of each of its tags; by `tag:NAME` in that of its one value.
    """
    now = measured(connection, period, by, with_times=with_times)
    if set(by) & SLOTS:
        ordered = sorted(now, key=lambda keys: [key or "" for key in keys])
        return Table(by=list(by), groups=[_group(by, keys, now[keys], None) for keys in ordered])
    before = measured(connection, period.before, by, with_times=False)
    groups = [
        _group(by, keys, now.get(keys, _NOTHING), before.get(keys, _NOTHING))
        for keys in {**now, **before}
    ]
    return Table(by=list(by), groups=sorted(groups, key=_dearest_first))


def measured(
    connection: Connection, period: Period, by: Sequence[str], *, with_times: bool = True
) -> dict[Keys, Measures]:
    """Return the measures of each group of calls; without `with_times` those of time are None."""
    grouped = _Grouped(period, tuple(by))
    times: dict[Keys, dict[str, int]] = {}
    if with_times:
        for column in ("ms", "first_ms"):
            for keys, found in grouped.percentiles(connection, column).items():
                times.setdefault(keys, {}).update(found)
    return {
        keys: _measures(sums, times.get(keys, {}))
        for keys, sums in grouped.sums(connection).items()
    }


@dataclass(frozen=True, slots=True)
class _Grouped:
    period: Period
    by: tuple[str, ...]

    def sums(self, connection: Connection) -> dict[Keys, RowMapping]:
        """Return counts and sums of each group."""
        rows = self._rows(calls)
        cell = rows.c
        something = or_(cell.error.is_(None), *(cell[name] > 0 for name in _PAID_FOR))
        statement = select(
            *self._keys(rows),
            func.count().label("calls"),
            func.count(cell.error).label("failed"),
            func.count().filter(cell.app_id.is_(None)).label("without_app"),
            func.count().filter(cell.estimated).label("estimated"),
            func.count(cell.cost_input).label("priced"),
            func.count().filter(and_(cell.cost_input.is_(None), something)).label("unpriced"),
            *(func.coalesce(func.sum(cell[name]), 0).label(name) for name in (*_SUMS, *_MONEY)),
        ).group_by(*self._keys(rows))
        return {
            self._named(row): row
            for row in connection.execute(statement).mappings()
            if row["calls"]
        }

    def percentiles(self, connection: Connection, column: str) -> dict[Keys, dict[str, int]]:
        """Return the 50th and 95th percentile of a time, by nearest rank, of answered calls."""
        rows = self._rows(calls)
        keys = self._keys(rows)
        value = rows.c[column]
        reached = func.cume_dist().over(partition_by=keys, order_by=value)
        ranked = (
            select(*keys, value.label("value"), reached.label("reached"))
            .where(value.is_not(None), rows.c.error.is_(None))
            .subquery()
        )
        smallest = func.min(ranked.c.value)
        statement = select(
            *self._keys(ranked),
            *(
                smallest.filter(ranked.c.reached >= share).label(f"{column}_{name}")
                for name, share in _PERCENTILES.items()
            ),
        ).group_by(*self._keys(ranked))
        return {
            self._named(row): {name: row[name] for name in row if name.startswith(column)}
            for row in connection.execute(statement).mappings()
            if row[f"{column}_p50"] is not None
        }

    def _rows(self, source: FromClause) -> Subquery:
        """Return the period's calls, each beside its values of the dimensions.

        They are columns of an inner statement: an expression with values of its own is no same
        expression to PostgreSQL when it comes twice.
        """
        found = []
        for number, name in enumerate(self.by):
            column = f"key{number}"
            if name == "tag" or name.startswith("tag:"):
                tags = call_tags.alias(f"tags{number}")
                of_call = tags.c.key == calls.c.key
                if name == "tag":
                    found.append((tags.c.name + "=" + tags.c.value).label(column))
                else:
                    of_call = and_(of_call, tags.c.name == name.removeprefix("tag:"))
                    found.append(tags.c.value.label(column))
                source = source.outerjoin(tags, of_call)
            else:
                found.append(self._dimension(name).label(column))
        first, too_late = self.period.bounds
        return (
            select(*found, *calls.c)
            .select_from(source)
            .where(calls.c.at >= first, calls.c.at < too_late)
            .subquery()
        )

    def _dimension(self, name: str) -> ColumnElement[Any]:
        if name not in SLOTS:
            return _COLUMNS[name]
        if name == "month":
            return case(*((calls.c.at < over, month) for month, over in self.period.months()))
        ahead = case(*((calls.c.at < until, ms) for until, ms in self.period.clock_offsets()))
        return (calls.c.at + ahead) // (_HOUR_MS if name == "hour" else 24 * _HOUR_MS)

    def _keys(self, rows: Subquery) -> list[ColumnElement[Any]]:
        return [rows.c[f"key{number}"] for number in range(len(self.by))]

    def _named(self, row: Mapping[Any, Any]) -> Keys:
        return tuple(_time_named(name, row[f"key{number}"]) for number, name in enumerate(self.by))


def _time_named(dimension: str, value: Any) -> str | None:
    if dimension == "hour":
        return f"{datetime.fromtimestamp(value * 3600, UTC):%Y-%m-%d %H:00}"
    if dimension == "day":
        return f"{datetime.fromtimestamp(value * 86400, UTC):%Y-%m-%d}"
    return None if value is None else str(value)


def _measures(sums: Mapping[Any, Any], times: Mapping[str, int]) -> Measures:
    # PostgreSQL sums whole numbers as decimals.
    counted = {
        name: float(sums[name]) if name == "seconds" else int(sums[name])
        for name in Measures.model_fields
        if name in sums and name not in _MONEY
    }
    known = bool(counted["priced"]) or not counted["unpriced"]
    money = {name: usd_of(int(sums[name])) if known else None for name in _MONEY}
    cost = usd_of(sum(int(sums[name]) for name in COST_PARTS)) if known else None
    unknown = dict.fromkeys(("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95"))
    return Measures.model_validate(counted | money | {"cost": cost} | unknown | dict(times))


def usd_of(picodollars: int) -> Decimal:
    """Return an amount of the database in USD, exact, without needless zeros."""
    return Decimal(picodollars).scaleb(-12).normalize() + 0


def _group(by: Sequence[str], keys: Keys, measures: Measures, before: Measures | None) -> Group:
    return Group(
        keys=dict(zip(by, keys, strict=True)),
        measures=measures,
        before=None if before is None else Before(calls=before.calls, cost=before.cost),
    )


def _dearest_first(group: Group) -> tuple[Decimal, int, list[str]]:
    cost = group.measures.cost
    return (
        -cost if cost is not None else Decimal(1),
        -group.measures.calls,
        [key or "" for key in group.keys.values()],
    )
