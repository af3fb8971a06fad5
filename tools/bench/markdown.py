"""The same table for a page of the documentation."""

from pathlib import Path

from tools.bench.captions import machine_line, noise_line, version_lines
from tools.bench.results import Results
from tools.bench.rows import FLOOR, OURS, RAW, Cell, cell, is_met, measured_rows, ratios

_MARKS = {True: "met", False: "**missed**", None: ""}


def write_markdown(results: Results, path: Path) -> None:
    """Write the table, the command that made it and what it was measured with."""
    others = [t for t in results.titles if t not in {OURS, FLOOR} and not t.startswith(RAW)]
    headings = ["measure (chat / Responses)", "ours", "range", "target", ""]
    headings += ["SDK floor", "raw client", *others]
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    for row in measured_rows(results):
        ours = cell(results, row, OURS)
        reached = " / ".join(f"{ratio:.2f}" for ratio in ratios(results, row))
        told = [
            f"{row.label}, {row.unit}",
            _text(ours),
            ours.range_text() if ours else "",
            row.target_text() + (f" (is {reached})" if reached else ""),
            _MARKS[is_met(results, row)],
            *(_text(cell(results, row, title)) for title in (FLOOR, RAW, *others)),
        ]
        lines.append("| " + " | ".join(told) + " |")
    lines += ["", f"Made by `{results.command}`.", ""]
    lines += [machine_line(results), *version_lines(results), noise_line(results)]
    lines += [f"{f.measure} of {f.title}, {f.api}: {f.reason}" for f in results.failures]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _text(found: Cell | None) -> str:
    return found.text() if found else ""
