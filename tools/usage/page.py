"""The report as one HTML page that needs no network: page.html with page.css and page.js in it.

Names in it come from outside. Jinja escapes each, the page's data is its own tables, and its
policy lets nothing run, or be loaded, but the one script and the one style sheet.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tools.usage.measures import MEASURES, UNKNOWN, Measures, short, usd, written
from tools.usage.periods import SLOTS, Period, Slot
from tools.usage.summary import Summary, change, label
from tools.usage.views import Group, Table

_FOLDER = Path(__file__).parent
_SERIES = 8  # as many colours as can be told apart
_MOST_ROWS = 300
_NOTABLE = 0.005  # what is rounded to a percent
_HOURLY_DAYS, _DAILY_DAYS = 2, 124
_TITLES = {
    ("app",): "Apps",
    ("model",): "Models",
    ("app", "model"): "Apps and models",
    ("service", "api"): "Services and APIs",
    ("tier",): "Service tiers",
    ("tag",): "Tags",
    ("user",): "End users",
    ("why",): "Why Responses",
    ("failure", "app"): "Failures",
    ("hour",): "Hours",
    ("day",): "Days",
    ("month",): "Months",
}
_TIMED = {("app",), ("model",), ("app", "model"), ("service", "api")}
# Of groups whose first value is missing there is nothing to tell here.
_NAMED_ONLY = {("why",), ("failure", "app")}
# Tables of what only some operators have.
_OPTIONAL = {("tag",), ("user",), ("tier",)}
_OF_FAILURES = ("calls", "input", "output", "cost")
_FIRST = ("cost", "change", "calls", "failed", "cost_per_call", "saved")
_TOKENS = ("input", "cached_share", "cache_write", "output", "reasoning", "estimated", "searches")
_ONLY_IF_ANY = frozenset({"cache_write", "reasoning", "estimated", "searches"})
_TIMES = ("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95")
_PARTS = ("cost_input", "cost_cached", "cost_cache_write", "cost_output", "cost_tools")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: its text, what it is sorted by, a remark, and what it looks like."""

    text: str
    sort: str
    note: str = ""
    look: str = ""
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title and what is said of it; `number` stands on the right."""

    title: str
    told: str = ""
    number: bool = True
    sorted: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One table of the page."""

    name: str
    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    keys: int
    left_out: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Cost by time, stacked: a series for each of the dearest apps, the last for any others."""

    unit: Slot
    slots: list[str]
    series: list[tuple[str, list[Decimal]]]


def page_groupings(period: Period) -> dict[tuple[str, ...], bool]:
    """Return the tables that the page needs, and whether with their times."""
    unit = _unit(period)
    time_tables = {(unit,), ("app", unit)}
    shown = [by for by in _TITLES if by[0] not in SLOTS]
    return {by: by in _TIMED for by in (*shown, *sorted(time_tables))}


def as_page(report: Summary, period: Period) -> str:
    """Return the page of a report that has the tables of `page_groupings`."""
    style, script = (
        (_FOLDER / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "usd": usd,
        "written": lambda value, unit: _unbroken(written(value, unit)),
        "short": lambda number: _unbroken(short(number)),
    }
    unit = _unit(period)
    tables = {tuple(table.by): table for table in report.tables}
    panels = [
        panel
        for by, title in _TITLES.items()
        if by in tables and (panel := _panel(report, tables[by], title)).rows
    ]
    return environment.get_template("page.html").render(
        report=report,
        grown=change(report.totals, report.totals_before),
        parts=_parts(report.totals),
        chart=_chart(report, tables["app", unit], period, unit),
        panels=panels,
        app_label=lambda app: label("app", app, report.app_names),
        # Our own files, and the only ones whose digests the page's policy names.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
        style_digest=_digest(style),
        script_digest=_digest(script),
    )


def _unbroken(text: str) -> str:
    """Return a number whose unit stays in its line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _unit(period: Period) -> Slot:
    days = (period.end - period.start).total_seconds() / 86_400
    return "hour" if days <= _HOURLY_DAYS else "day" if days <= _DAILY_DAYS else "month"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _parts(totals: Measures) -> list[tuple[str, Decimal, float]]:
    """Return what the cost is made of: title, USD and share of each part that was paid for."""
    if not totals.cost:
        return []
    amounts = ((name, getattr(totals, name) or Decimal(0)) for name in _PARTS)
    return [
        (
            MEASURES[name].title.removeprefix("Cost: ").capitalize(),
            amount,
            float(amount / totals.cost),
        )
        for name, amount in amounts
        if amount
    ]


def _chart(report: Summary, table: Table, period: Period, unit: Slot) -> Chart:
    slots = period.slots(unit)
    place = {slot: number for number, slot in enumerate(slots)}
    costs: dict[str | None, list[Decimal]] = {}
    for group in table.groups:
        series = costs.setdefault(group.keys["app"], [Decimal(0)] * len(slots))
        slot = group.keys[unit]
        if slot in place:
            series[place[slot]] += group.measures.cost or 0
    dearest = sorted(costs, key=lambda app: -sum(costs[app]))
    shown = _SERIES if len(dearest) > _SERIES + 1 else len(dearest)
    named = [(label("app", app, report.app_names), costs[app]) for app in dearest[:shown]]
    if others := dearest[shown:]:
        rest = [sum((costs[app][at] for app in others), Decimal(0)) for at in range(len(slots))]
        named.append((_together(others), rest))
    return Chart(unit, slots, named)


def _together(apps: Sequence[str | None]) -> str:
    """Return what apps are called together; calls without an app are no app."""
    count = sum(app is not None for app in apps)
    counted = f"{count} other app{'s' if count > 1 else ''}"
    return f"{counted}, {label('app', None, {})}" if None in apps else counted


def _panel(report: Summary, table: Table, title: str) -> Panel:
    by = tuple(table.by)
    groups = table.groups
    if by in _NAMED_ONLY:
        groups = [group for group in groups if group.keys[by[0]] is not None]
    elif by in _OPTIONAL and all(group.keys[by[0]] is None for group in groups):
        groups = []
    if by[0] == "failure":
        groups = sorted(groups, key=lambda group: -group.measures.calls)
        names = list(_OF_FAILURES)
    else:
        names = list(_columns(groups, timed=by in _TIMED))
    first = "" if set(by) & SLOTS else "calls" if by[0] == "failure" else "cost"
    most = max((group.measures.cost or Decimal(0) for group in groups), default=Decimal(0))
    return Panel(
        name="-".join(by),
        title=title,
        columns=[
            *(
                Column(name.capitalize(), number=False, sorted="ascending" if name in SLOTS else "")
                for name in by
            ),
            *(_column(name, "descending" if name == first else "") for name in names),
        ],
        rows=[
            [*_key_cells(report, group), *(_cell(group, name, most) for name in names)]
            for group in groups[:_MOST_ROWS]
        ],
        keys=len(by),
        left_out=max(len(groups) - _MOST_ROWS, 0),
    )


def _columns(groups: Sequence[Group], *, timed: bool) -> Iterator[str]:
    for name in (*_FIRST, *_TOKENS):
        if name == "change":
            empty = not any(group.before for group in groups)
        else:
            empty = name in _ONLY_IF_ANY and not any(getattr(g.measures, name) for g in groups)
        if not empty:
            yield name
    if timed:
        yield from _TIMES


def _column(name: str, order: str) -> Column:
    if name == "change":
        told = "cost against the same part of the period before"
        return Column("Change", told, sorted=order)
    return Column(MEASURES[name].title, MEASURES[name].description, sorted=order)


def _key_cells(report: Summary, group: Group) -> Iterable[Cell]:
    for name, key in group.keys.items():
        shown = label(name, key, report.app_names)
        if name == "user" and key:
            yield Cell(f"{shown[:16]}…", shown)
        else:
            yield Cell(
                shown,
                shown.lower(),
                note=key if key and key != shown else "",
                look="none" if key is None else "",
            )


def _cell(group: Group, name: str, most: Decimal) -> Cell:
    measures = group.measures
    if name == "change":
        return _change_cell(group)
    value = getattr(measures, name)
    sort = "" if value is None else f"{value:f}" if not isinstance(value, int) else str(value)
    if name == "cost":
        return Cell(
            "unknown" if value is None else usd(value),
            sort,
            note=f"+ {measures.unpriced:,} unpriced" if measures.unpriced else "",
            look="unknown" if value is None else "cost",
            bar=float(value / most) * 100 if value and most else None,
        )
    look = "bad" if name == "failed" and value else ""
    return Cell(written(value, MEASURES[name].unit), sort, look=look)


def _change_cell(group: Group) -> Cell:
    grown = change(group.measures, group.before)
    if group.before and not group.before.calls:
        return Cell("new", "", look="new")
    if not group.measures.calls:
        return Cell("gone", "-1", look="down")
    if grown is None:
        return Cell(UNKNOWN, "")
    look = "up" if grown >= _NOTABLE else "down" if grown <= -_NOTABLE else ""
    return Cell(f"{grown:+.0%}", f"{grown:.6f}", look=look)
