"""The report in a terminal: totals, a table for each grouping, what ends, what was billed."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, JustifyMethod
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
    *("cost", "change", "unpriced", "calls", "failed", "cost_per_call", "saved"),
    *("input", "cached_share", "cache_write", "output", "reasoning", "estimated", "searches"),
    *("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95"),
)
# Empty columns that only some deployments have anything in.
_ONLY_IF_ANY = frozenset({"unpriced", "estimated", "cache_write", "searches", "saved", "reasoning"})
_FEWEST = 2  # calls and cost
_GAP = 3  # beside a column
_NARROW_NAME = 24 + _GAP
_SOON_DAYS = 30
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
        *(table_grid(console.width, report, table, most) for table in report.tables),
        _endings(report) if report.endings else None,
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
        details.append(f"{grown:+.1%} against before")
    if totals.unpriced:
        details.append(f"calls without a price: {totals.unpriced:,}")
    return text.append("".join(f", {detail}" for detail in details), style="not bold")


def _calls_text(totals: Measures) -> str:
    parts = [f"{totals.calls:,}"]
    if totals.failed:
        parts.append(f"{totals.failed:,} failed ({totals.failed_share:.1%})")
    if totals.without_app:
        parts.append(f"{totals.without_app:,} without app id ({totals.without_app_share:.1%})")
    if totals.estimated:
        parts.append(f"{totals.estimated:,} estimated")
    return ", ".join(parts)


def _tokens_text(totals: Measures) -> str:
    """Return input and output on a line each: together they are wider than most terminals."""
    input_parts, output_parts = [f"{totals.input:,} in"], [f"{totals.output:,} out"]
    if totals.cached:
        input_parts.append(f"{totals.cached:,} of them cached ({totals.cached_share:.1%})")
    if totals.cache_write:
        input_parts.append(f"{totals.cache_write:,} written")
    if totals.reasoning:
        output_parts.append(f"{totals.reasoning:,} of them reasoning")
    return f"{', '.join(input_parts)}\n{', '.join(output_parts)}"


def _times_text(totals: Measures) -> str:
    return (
        "; ".join(
            f"{what} p50 {written(low, 'ms')}, p95 {written(high, 'ms')}"
            for what, low, high in (
                ("to the end", totals.ms_p50, totals.ms_p95),
                ("first piece", totals.first_ms_p50, totals.first_ms_p95),
            )
            if low is not None
        )
        or UNKNOWN
    )


def table_grid(
    width: int, report: Summary, table: Table, most: int, names: Sequence[str] = _BY_NEED
) -> Grid:
    """Return one table of at most `most` groups: of the named numbers those that have room."""
    shown, more = table.groups[:most], len(table.groups) - most
    by_name = {name: [_label(name, group, report) for group in shown] for name in table.by}
    filled = [name for name in _filled(table) if name in names]
    numbers = {name: [_cell(group, name) for group in shown] for name in filled}
    needs = {name: _widest(_title(name), cells) + _GAP for name, cells in numbers.items()}
    wanted = {name: _widest(name, cells) + _GAP for name, cells in by_name.items()}
    room = width - sum(min(want, _NARROW_NAME) for want in wanted.values())
    fitting: list[str] = []
    for name, need in needs.items():
        if need > room and len(fitting) >= _FEWEST:
            break
        fitting.append(name)
        room -= need
    grid = _new_grid(f"By {' and '.join(table.by)}")
    # Names take what numbers leave: a number that is cut says something else.
    for name, want in wanted.items():
        given = max(min(want, min(want, _NARROW_NAME) + room), _GAP + 1)
        room -= given - min(want, _NARROW_NAME)
        grid.add_column(name.capitalize(), no_wrap=True, overflow="ellipsis", width=given - _GAP)
    chosen = sorted(fitting, key=_ORDER.index)
    for name in chosen:
        grid.add_column(_title(name), justify="right", no_wrap=True, width=needs[name] - _GAP)
    for row in zip(*by_name.values(), *(numbers[name] for name in chosen), strict=True):
        grid.add_row(*row)
    if more > 0:
        grid.caption = f"and {more:,} more rows: --top {len(table.groups)}"
        grid.caption_justify = "left"
    return grid


def _label(name: str, group: Group, report: Summary) -> Text:
    return _safe(label(name, group.keys[name], report.app_names))


def _safe(text: str) -> Text:
    """Return a name without what would command the terminal."""
    return Text("".join(each if each.isprintable() else "\ufffd" for each in text))


def _filled(table: Table) -> Iterator[str]:
    for name in _BY_NEED:
        if name == "change":
            filled = any(group.before for group in table.groups)
        else:
            filled = name not in _ONLY_IF_ANY or any(
                getattr(group.measures, name) for group in table.groups
            )
        if filled:
            yield name


def _title(name: str) -> str:
    return "Change" if name == "change" else MEASURES[name].title


def _widest(title: str, cells: Sequence[Text]) -> int:
    return max((len(title), *(cell.cell_len for cell in cells)))


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


def _endings(report: Summary) -> Grid:
    grid = _new_grid("Models that end, and the apps that use them")
    for title, width in (("Ends", 10), ("Days", 5), ("Model", None), ("Calls", None)):
        justify: JustifyMethod = "right" if title in {"Days", "Calls"} else "left"
        grid.add_column(title, no_wrap=True, overflow="ellipsis", width=width, justify=justify)
    # What is cut where there is no room: the other columns keep theirs.
    grid.add_column("Apps")
    for each in report.endings:
        left = "ended" if each.days_left <= 0 else f"{each.days_left}"
        then = f" → {each.replacement}" if each.replacement else ""
        cells = (f"{each.ends}", left, f"{each.model}{then}", f"{each.calls:,}")
        apps = ", ".join(label("app", used.app, report.app_names) for used in each.apps)
        used = _safe(f"{each.app_count}: {apps}")
        used.no_wrap, used.overflow = True, "ellipsis"
        grid.add_row(*map(_safe, cells), used, style=_urgency(each))
    return grid


def _urgency(each: Ending) -> str:
    return "red" if each.days_left <= 0 else "yellow" if each.days_left <= _SOON_DAYS else ""


def _reconciliation(found: Reconciliation) -> Grid:
    grid = _new_grid("Billed by OpenAI and computed here, USD")
    grid.add_column("Account", no_wrap=True, overflow="ellipsis")
    for title in ("Billed", "Computed", "Not attributed", "Share", "No price"):
        grid.add_column(title, justify="right", no_wrap=True)
    billed = [account for account in found.accounts if account.billed]
    for account in found.accounts if len(billed) > 1 else ():
        grid.add_row(_safe(account.account or "(only in a log)"), *_compared_cells(account))
    grid.add_section()
    grid.add_row(f"All, {len(found.days)} days", *_compared_cells(found.total), style="bold")
    return grid


def _compared_cells(each: Compared) -> Iterator[str]:
    yield usd(each.billed)
    yield usd(each.computed)
    yield usd(each.unattributed)
    yield f"{each.unattributed / each.billed:.1%}" if each.billed else UNKNOWN
    yield f"{each.unpriced:,}"
