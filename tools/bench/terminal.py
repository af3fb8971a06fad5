"""The table for people, in a terminal of 100 columns."""

from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tools.bench.captions import machine_line, noise_line, version_lines
from tools.bench.results import Results
from tools.bench.rows import FLOOR, OURS, RAW, Row, cell, is_met, measured_rows, ratios

_MARKS = {True: ("yes", "green"), False: ("no", "bold red"), None: ("", "")}


def print_results(console: Console, results: Results) -> None:
    """Print the table, what failed, and what it was measured with."""
    rows = measured_rows(results)
    others = [title for title in results.titles if title not in {OURS, FLOOR, RAW}]
    others = [title for title in others if not title.startswith(RAW)]
    if rows:
        console.print(_table(results, rows, others))
    for failure in results.failures:
        console.print(
            Text(f"{failure.measure} of {failure.title}, {failure.api}: {failure.reason}", "red")
        )
    for line in (machine_line(results), *version_lines(results), noise_line(results)):
        console.print(Text(line, "dim"))


def _table(results: Results, rows: list[Row], others: list[str]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        caption="chat / Responses: medians, below them the farthest that a process was from them."
        " Below a target: ours divided by that column; below another plugin: it divided by ours.",
        caption_justify="left",
    )
    table.add_column("measure")
    for heading in ("ours", "target", "met", "floor", "raw client"):
        table.add_column(heading, no_wrap=True)
    for title in others:
        # The name and the version, one below the other.
        table.add_column(title.replace(" ", "\n"), no_wrap=True)
    for _measure, rows_of_one in groupby(rows, lambda row: row.measure):
        table.add_section()
        topic_told = ""
        for row in rows_of_one:
            topic, _, label = row.label.rpartition(": ")
            if topic != topic_told:
                table.add_row(Text(topic, "bold"))
                topic_told = topic
            mark, style = _MARKS[is_met(results, row)]
            table.add_row(
                f"{label}, {row.unit}",
                _ours(results, row),
                _target(results, row),
                Text(mark, style),
                *(_base(results, row, title) for title in (FLOOR, RAW)),
                *(_other(results, row, title) for title in others),
            )
    return table


def _ours(results: Results, row: Row) -> Text:
    ours = cell(results, row, OURS)
    return _two_lines(Text(ours.text(), "bold"), ours.deviation_text()) if ours else Text()


def _target(results: Results, row: Row) -> Text:
    reached = " / ".join(f"{ratio:.2f}" for ratio in ratios(results, row))
    return _two_lines(Text(row.target_text()), f"is {reached}" if reached else "")


def _base(results: Results, row: Row, title: str) -> Text:
    base = cell(results, row, title)
    return Text(base.text() if base else "")


def _other(results: Results, row: Row, title: str) -> Text:
    other, ours = cell(results, row, title), cell(results, row, OURS)
    if other is None or ours is None:
        return Text()
    theirs_by_ours = " / ".join(f"{ratio:.1f}" for ratio in other.times(ours))
    return _two_lines(Text(other.text()), f"{theirs_by_ours} x")


def _two_lines(first: Text, second: str) -> Text:
    return first.append(f"\n{second}", "not bold dim") if second else first
