"""The report in a terminal: totals, a table for each grouping, what ends, what was billed."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from tools.usage.endings import Ending
from tools.usage.measures import MEASURES, UNKNOWN, Measures, usd, written
from tools.usage.reconciliation import Compared, Reconciliation
from tools.usage.summary import Summary, change, label
from tools.usage.views import Group, Table

# Of a table, in the order in which they are left out where the terminal is narrow: the last first.
_BY_NEED = (
    *("calls", "cost", "change", "failed", "unpriced", "cached_share", "output", "input"),
    *("ms_p95", "saved", "cost_per_call", "reasoning", "first_ms_p95", "ms_p50", "first_ms_p50"),
    *("estimated", "cache_write", "searches"),
)
# And how they stand side by side.
_ORDER = (
    *("calls", "failed", "input", "cached_share", "cache_write", "output", "reasoning"),
    *("estimated", "searches", "cost", "change", "cost_per_call", "saved", "unpriced"),
    *("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95"),
)
# Empty columns that only some deployments have anything in.
_ONLY_IF_ANY = frozenset({"unpriced", "estimated", "cache_write", "searches", "saved", "reasoning"})
_NARROWEST_NAME = 16
_WIDEST_NAME = 40
_SOON_DAYS = 30
_MOST_NAMED = 3
_PIPE_WIDTH = 10_000


def console_of(*, stderr: bool = False) -> Console:
    """Return the terminal; into a pipe nothing is wrapped, cut or coloured."""
    console = Console(stderr=stderr, highlight=False)
    return (
        console
        if console.is_terminal
        else Console(stderr=stderr, highlight=False, width=_PIPE_WIDTH, color_system=None)
    )


def show(console: Console, report: Summary, most: int) -> None:
    """Print the report. Tables end after `most` groups, and say how many more there are."""
    for part in (
        _heading(report),
        *(_table(console, report, table, most) for table in report.tables),
        _endings(console, report) if report.endings else None,
        _reconciliation(report.reconciliation) if report.reconciliation else None,
    ):
        if part is None:
            continue
        if console.is_terminal:
            console.print(part)
        else:
            with console.capture() as captured:
                console.print(part)
            lines = (line.rstrip() for line in captured.get().splitlines())
            console.print("\n".join(line for line in lines if line), markup=False)
        console.print()


def _heading(report: Summary) -> Grid:
    totals = report.totals
    span = report.period
    grid = Grid(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column()
    grid.add_row(
        "Period", f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} {report.timezone}"
    )
    grid.add_row("Cost", _cost_text(report))
    grid.add_row("Calls", _calls_text(totals))
    grid.add_row("Tokens", _tokens_text(totals))
    if totals.saved:
        grid.add_row("Cache", f"saved {usd(totals.saved)} USD")
    grid.add_row("Time", _times_text(totals))
    return grid


def _cost_text(report: Summary) -> Text:
    totals = report.totals
    text = Text("unknown" if totals.cost is None else f"{usd(totals.cost)} USD", style="bold")
    details = []
    if (grown := change(totals, report.totals_before)) is not None:
        details.append(f"{grown:+.1%} against the period before")
    if totals.unpriced:
        details.append(f"without {totals.unpriced:,} calls of unknown price")
    return text.append("".join(f", {detail}" for detail in details), style="not bold")


def _calls_text(totals: Measures) -> str:
    parts = [f"{totals.calls:,}"]
    if totals.failed:
        parts.append(f"{totals.failed:,} failed ({totals.failed_share:.1%})")
    if totals.without_app:
        parts.append(f"{totals.without_app:,} without app id ({totals.without_app_share:.1%})")
    if totals.estimated:
        parts.append(f"{totals.estimated:,} with estimated tokens")
    return ", ".join(parts)


def _tokens_text(totals: Measures) -> str:
    parts = [f"{totals.input:,} in"]
    if totals.cached:
        parts.append(f"{totals.cached:,} of them cached ({totals.cached_share:.1%})")
    if totals.cache_write:
        parts.append(f"{totals.cache_write:,} written")
    parts.append(f"{totals.output:,} out")
    if totals.reasoning:
        parts.append(f"{totals.reasoning:,} of them reasoning")
    return ", ".join(parts)


def _times_text(totals: Measures) -> str:
    return (
        "; ".join(
            f"{what}: {written(low, 'ms')} in half of the calls, {written(high, 'ms')} in 95 of 100"
            for what, low, high in (
                ("to the end", totals.ms_p50, totals.ms_p95),
                ("to the first piece", totals.first_ms_p50, totals.first_ms_p95),
            )
            if low is not None
        )
        or UNKNOWN
    )


def _table(console: Console, report: Summary, table: Table, most: int) -> Grid:
    shown, more = table.groups[:most], len(table.groups) - most
    columns = [
        name
        for name in _BY_NEED
        if name not in _ONLY_IF_ANY or any(getattr(each.measures, name) for each in table.groups)
    ]
    if not any(group.before for group in table.groups):
        columns.remove("change")
    while True:
        grid = _grid(report, table.by, shown, [name for name in _ORDER if name in columns])
        needed = console.measure(grid).minimum
        if needed <= console.width or len(columns) <= 2:  # noqa: PLR2004 - calls and cost
            break
        columns.pop()
    if more > 0:
        grid.caption = f"and {more:,} more: --top {len(table.groups)}"
        grid.caption_justify = "left"
    return grid


def _grid(
    report: Summary, by: Sequence[str], groups: Sequence[Group], columns: Sequence[str]
) -> Grid:
    grid = _new_grid(f"By {' and '.join(by)}")
    for name in by:
        names = [Text(label(name, group.keys[name], report.app_names)) for group in groups]
        widest = max((text.cell_len for text in names), default=0)
        grid.add_column(
            name.capitalize(),
            no_wrap=True,
            overflow="ellipsis",
            min_width=min(widest, _NARROWEST_NAME),
            max_width=None if len(by) == 1 else _WIDEST_NAME,
        )
    for name in columns:
        title = "Change" if name == "change" else MEASURES[name].title
        grid.add_column(title, justify="right", no_wrap=True)
    for group in groups:
        grid.add_row(
            *(Text(label(name, key, report.app_names)) for name, key in group.keys.items()),
            *(_cell(group, name) for name in columns),
        )
    return grid


def _new_grid(title: str) -> Grid:
    return Grid(
        box=box.SIMPLE_HEAD, pad_edge=False, title=title, title_justify="left", title_style="bold"
    )


def _cell(group: Group, name: str) -> Text:
    measures = group.measures
    if name == "change":
        grown = change(measures, group.before)
        new = group.before is not None and not group.before.calls
        return Text("new" if new else UNKNOWN if grown is None else f"{grown:+.0%}")
    value = getattr(measures, name)
    text = "unknown" if name == "cost" and value is None else written(value, MEASURES[name].unit)
    red = name in {"failed", "unpriced"} and value
    return Text(text, style="red" if red else "bold" if name == "cost" else "")


def _endings(console: Console, report: Summary) -> Grid:
    grid = _new_grid("Models that end, and the apps that use them")
    grid.add_column("Ends", no_wrap=True)
    grid.add_column("Days", justify="right", no_wrap=True)
    for title in ("Model", "Replacement"):
        grid.add_column(title, no_wrap=True, overflow="ellipsis")
    grid.add_column("Calls", justify="right", no_wrap=True)
    grid.add_column("Apps", no_wrap=not console.is_terminal)
    for each in report.endings:
        left = "ended" if each.days_left <= 0 else f"{each.days_left}"
        cells = (f"{each.ends}", left, each.model, each.replacement or UNKNOWN, f"{each.calls:,}")
        apps = [label("app", used.app, report.app_names) for used in each.apps]
        more = len(apps) - _MOST_NAMED
        if console.is_terminal and more > 0:
            apps = [*apps[:_MOST_NAMED], f"and {more} more"]
        grid.add_row(*map(Text, (*cells, ", ".join(apps))), style=_urgency(each))
    return grid


def _urgency(each: Ending) -> str:
    return "red" if each.days_left <= 0 else "yellow" if each.days_left <= _SOON_DAYS else ""


def _reconciliation(found: Reconciliation) -> Grid:
    grid = _new_grid("Billed by OpenAI and computed here, USD")
    grid.add_column("Day, UTC", no_wrap=True)
    for title in ("Billed", "Computed", "Not attributed", "Share", "No price"):
        grid.add_column(title, justify="right", no_wrap=True)
    for day in found.days:
        grid.add_row(day.day, *_compared_cells(day))
    grid.add_section()
    for account in found.accounts:
        grid.add_row(account.account or "(no account)", *_compared_cells(account))
    grid.add_section()
    grid.add_row("All", *_compared_cells(found.total), style="bold")
    return grid


def _compared_cells(each: Compared) -> Iterator[str]:
    yield usd(each.billed)
    yield usd(each.computed)
    yield usd(each.unattributed)
    yield f"{each.unattributed / each.billed:.1%}" if each.billed else UNKNOWN
    yield f"{each.unpriced:,}"
