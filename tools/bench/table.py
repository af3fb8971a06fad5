"""The one table of a run, in Markdown: its rows, what each is to reach, and what surrounds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tools.bench.results import Results, Spread
from tools.bench.scale import GROWTH_DELTAS, GROWTH_PROMPT_BYTES, GROWTH_STREAMS
from tools.bench.subject import FLOOR, OURS, RAW, Api

type Cell = Mapping[Api, Spread]

_PARTNERS = {"floor": FLOOR, "raw": RAW}
_MARKS = {True: "met", False: "**missed**", None: ""}


@dataclass(frozen=True, slots=True)
class Target:
    """A limit in the row's unit, or as a multiple of another column."""

    limit: float
    times: Literal["floor", "raw"] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one measure."""

    measure: str
    metric: str
    label: str
    unit: str
    target: Target | None = None


ROWS = (
    Row("start", "heartbeat_ms", "spawn → first heartbeat", "ms", Target(1.6, "floor")),
    Row("start", "first_answer_ms", "spawn → first answer", "ms", Target(2.0, "floor")),
    Row("start", "first_call_mib", "memory after the first call", "MiB"),
    Row("plain_call", "wall_ms", "plain call, wall", "ms", Target(1.6, "raw")),
    Row("plain_call", "cpu_ms", "plain call, CPU", "ms"),
    Row("tls_call", "wall_ms", "plain call over TLS, wall", "ms"),
    Row("first_token", "wall_ms", "time to first token", "ms", Target(1.6, "raw")),
    Row("chunk_cpu", "cpu_us", "CPU per chunk, one stream", "µs", Target(80)),
    Row("streams_50", "wall_s", "50 streams: wall (ideal 2.0 s)", "s"),
    Row("streams_50", "first_p50_ms", "50 streams: first chunk, p50", "ms"),
    Row("streams_50", "first_p99_ms", "50 streams: first chunk, p99", "ms"),
    Row("streams_50", "delay_p50_ms", "50 streams: added delay, p50", "ms"),
    Row("streams_50", "delay_p99_ms", "50 streams: added delay, p99", "ms"),
    Row("streams_200", "wall_s", "200 streams: wall (ideal 2.0 s)", "s", Target(2.8)),
    Row("streams_200", "first_p50_ms", "200 streams: first chunk, p50", "ms", Target(400)),
    Row("streams_200", "first_p99_ms", "200 streams: first chunk, p99", "ms"),
    Row("streams_200", "delay_p50_ms", "200 streams: added delay, p50", "ms"),
    Row("streams_200", "delay_p99_ms", "200 streams: added delay, p99", "ms", Target(150)),
    Row("streams_200", "peak_mib", "200 streams: peak memory", "MiB", Target(115)),
    Row("burst", "stall_ms", "burst of 50: longest stall", "ms", Target(25)),
    Row("burst", "answered_ms", "burst of 50: all answered", "ms"),
    *(
        Row("growth_streams", str(count), f"paced streams at once, {count}: all ended", "ms")
        for count in GROWTH_STREAMS
    ),
    *(
        Row("growth_prompt", str(size), f"plain call, prompt of {size:,} bytes", "ms")
        for size in GROWTH_PROMPT_BYTES
    ),
    *(
        Row("growth_deltas", str(count), f"unpaced stream, length {count:,}", "ms")
        for count in GROWTH_DELTAS
    ),
)


def render(results: Results) -> str:
    """Return the table, the command that made it, what failed and what it was measured with."""
    others = [title for title in results.titles if title not in {OURS, FLOOR, RAW}]
    headings = ["measure (chat / Responses)", "ours", "range", "target", ""]
    headings += ["SDK floor", "raw client", *others]
    lines = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    for row in ROWS:
        if ours := _cell(results, row, OURS):
            told = [
                f"{row.label}, {row.unit}",
                _medians(ours),
                _ranges(ours),
                _target(results, row),
                _MARKS[is_met(results, row)],
                *(_medians(_cell(results, row, title)) for title in (FLOOR, RAW, *others)),
            ]
            lines.append("| " + " | ".join(told) + " |")
    failures = (f"{f.measure} of {f.title}, {f.api}: {f.reason}" for f in results.failures)
    notes = (f"Made by `{results.command}`.", *_conditions(results), *failures)
    return "\n".join([*lines, "", *(f"- {note}" for note in notes)]) + "\n"


def ratios(results: Results, row: Row) -> list[float]:
    """Return our numbers as multiples of the column that the target names; empty if it is none.

    Each API is compared with the same one there; where there is only one, with that.
    """
    if row.target is None or row.target.times is None:
        return []
    ours, base = (_cell(results, row, title) for title in (OURS, _PARTNERS[row.target.times]))
    only = next(iter(base.values())) if len(base) == 1 else None
    pairs = ((spread, base.get(api, only)) for api, spread in ours.items())
    return [spread.median / other.median for spread, other in pairs if other and other.median]


def is_met(results: Results, row: Row) -> bool | None:
    """Return whether every API reaches the target; None if there is none, or no number."""
    if row.target is None:
        return None
    ours = [spread.median for spread in _cell(results, row, OURS).values()]
    reached = ratios(results, row) if row.target.times else ours
    return all(value <= row.target.limit for value in reached) if reached else None


def format_number(value: float) -> str:
    """Return a number with three figures, more only before the point."""
    for limit, digits in ((0.995, 2), (9.95, 2), (99.5, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"


def _cell(results: Results, row: Row, title: str) -> Cell:
    return results.spreads(row.measure, title, row.metric)


def _medians(cell: Cell) -> str:
    return " / ".join(format_number(spread.median) for spread in cell.values())


def _ranges(cell: Cell) -> str:
    """Return the smallest and largest value of each API; empty for a single process."""
    if all(spread.low == spread.high for spread in cell.values()):
        return ""
    return " / ".join(
        f"{format_number(spread.low)}-{format_number(spread.high)}" for spread in cell.values()
    )


def _target(results: Results, row: Row) -> str:
    if row.target is None:
        return ""
    if row.target.times is None:
        return f"≤ {format_number(row.target.limit)} {row.unit}"
    reached = " / ".join(f"{ratio:.2f}" for ratio in ratios(results, row))
    return f"≤ {row.target.limit:g} x {row.target.times}" + (f" (is {reached})" if reached else "")


def _conditions(results: Results) -> list[str]:
    """Name the machine and the libraries, and say that nothing but the plugins was the limit."""
    machine, loop = results.machine, Spread.of(results.reference_ms)
    told = [
        f"{machine['cpus']} CPUs, {machine['processor']}, {machine['system']};"
        f" load {machine['load_at_start']} at the start.",
    ]
    titles_by_versions: dict[str, list[str]] = {}
    for title, versions in results.versions.items():
        named = ", ".join(f"{name} {version}" for name, version in versions.items())
        titles_by_versions.setdefault(named, []).append(title)
    told += [f"{', '.join(titles)}: {named}." for named, titles in titles_by_versions.items()]
    noise = f"Reference loop {loop.low:.1f}-{loop.high:.1f} ms (median {loop.median:.1f})"
    used = [
        max(spread.median for spread in found.values())
        for metric in ("driver_cpu_s", "upstream_cpu_s")
        if (found := results.spreads("streams_200", OURS, metric))
    ]
    if used:
        driver, upstream = map(format_number, used)
        noise += f"; with 200 streams the driver used {driver} s of CPU, the upstream {upstream} s"
    return [*told, f"{noise}."]
