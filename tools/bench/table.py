"""The one table of a run, in Markdown: its rows, what each is to reach, and what surrounds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tools.bench.results import Results, Spread
from tools.bench.scale import (
    CROWDS_APART_MS,
    GROWTH_DELTAS,
    GROWTH_PROMPT_BYTES,
    IDEAL_MS,
    LONG_STREAM,
    RATE_STREAMS,
    RATES_APART_MS,
    STREAMS,
)
from tools.bench.subject import FLOOR, OURS, RAW, Api

type Cell = Mapping[Api, Spread]

_PARTNERS = {"floor": FLOOR, "raw": RAW}
_MARKS = {True: "met", False: "**missed**", None: ""}
_HEADINGS = {FLOOR: "SDK floor"}
_CAPTIONS = {
    "range": "*range*: the smallest and the largest of ours; all other numbers are medians.",
    "SDK floor": "*SDK floor*: a plugin that answers from memory, so what dify_plugin costs.",
    RAW: f"*{RAW}*: the openai package, one client reused, without plugin, SDK or gevent.",
}
_DELAY = "An *added delay* is the time from the upstream's write of a delta to its line on stdout."
_STAND_IN = (
    "Other plugins find a stand-in for tiktoken, whose tables are downloads; it is faster than the"
    " real one."
)


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


# What is measured of paced streams at once, and what it is to reach.
_STREAMS = {
    **{f"streams_{count}": f"{count} streams" for count in STREAMS},
    # There are numbers only if all came so.
    **{f"crowd_{count}": f"{count:,} streams, whole and unmixed" for count in CROWDS_APART_MS},
}
_OF_STREAMS = {
    "wall_s": (f"wall (ideal {IDEAL_MS / 1000:.1f} s)", "s"),
    "first_p50_ms": ("first chunk, p50", "ms"),
    "first_p99_ms": ("first chunk, p99", "ms"),
    "delay_p50_ms": ("added delay, p50", "ms"),
    "delay_p99_ms": ("added delay, p99", "ms"),
    "peak_mib": ("peak memory", "MiB"),
}
_TARGETS_OF_STREAMS = {
    ("streams_200", "wall_s"): Target(2.25),
    ("streams_200", "first_p50_ms"): Target(150),
    ("streams_200", "delay_p99_ms"): Target(60),
    ("streams_200", "peak_mib"): Target(115),
    ("crowd_500", "wall_s"): Target(1.5 * IDEAL_MS / 1000),
    ("crowd_1000", "peak_mib"): Target(250),
}

ROWS = (
    Row("start", "heartbeat_ms", "spawn → first heartbeat", "ms", Target(1.5, "floor")),
    Row("start", "first_answer_ms", "spawn → first answer", "ms", Target(1.5, "floor")),
    Row("start", "first_call_mib", "memory after the first call", "MiB", Target(115)),
    Row("plain_call", "wall_ms", "plain call, wall", "ms", Target(1.2, "raw")),
    Row("plain_call", "cpu_ms", "plain call, CPU", "ms"),
    Row("tls_call", "wall_ms", "plain call over TLS, wall", "ms"),
    Row("first_token", "wall_ms", "time to first token", "ms", Target(1.6, "raw")),
    Row("chunk_cpu", "cpu_us", f"CPU per delta, {LONG_STREAM:,} sent at once", "µs", Target(20)),
    *(
        Row("rates", str(apart), f"CPU per delta, {RATE_STREAMS * 1000 // apart:,} a second", "µs")
        for apart in RATES_APART_MS
    ),
    *(
        Row(measure, metric, f"{who}: {label}", unit, _TARGETS_OF_STREAMS.get((measure, metric)))
        for measure, who in _STREAMS.items()
        for metric, (label, unit) in _OF_STREAMS.items()
    ),
    Row("burst", "stall_ms", "burst of 50: longest stall", "ms", Target(25)),
    Row("burst", "answered_ms", "burst of 50: all answered", "ms"),
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
    """Return the table with its columns explained, and what it was measured with.

    There are rows and columns for what was measured, and words for what is shown.
    """
    rows = [row for row in ROWS if _cell(results, row, OURS)]
    columns = {
        "measure (chat / Responses)": [f"{row.label}, {row.unit}" for row in rows],
        "ours": [_medians(_cell(results, row, OURS)) for row in rows],
        "range": [_ranges(_cell(results, row, OURS)) for row in rows],
        "target": [_target(results, row) for row in rows],
        "verdict": [_verdict(results, row) for row in rows],
        **{
            _HEADINGS.get(title, title): [_medians(_cell(results, row, title)) for row in rows]
            for title in _others(results)
        },
    }
    shown = {heading: cells for heading, cells in columns.items() if any(cells)}
    lines = [[*shown], ["---"] * len(shown), *zip(*shown.values(), strict=True)]
    failures = (f"{f.measure} of {f.title}, {f.api}: {f.reason}" for f in results.failures)
    notes = (*_captions(results, rows, shown), *_conditions(results, shown), *failures)
    return "\n".join(
        [
            *("| " + " | ".join(line) + " |" for line in lines),
            "",
            *(f"- {note}" for note in notes),
            "",
        ]
    )


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


def _others(results: Results) -> list[str]:
    """Return the columns beside ours: the floor, the raw client, other plugins."""
    return [FLOOR, RAW, *(title for title in results.titles if title not in {OURS, FLOOR, RAW})]


def _verdict(results: Results, row: Row) -> str:
    met = is_met(results, row)
    return "too noisy" if results.noisy and met is not None else _MARKS[met]


def _captions(results: Results, rows: Sequence[Row], shown: Mapping[str, object]) -> list[str]:
    """Explain what is shown."""
    told = [f"Made by `{results.command}`."]
    told += [caption for heading, caption in _CAPTIONS.items() if heading in shown]
    if any("added delay" in row.label for row in rows):
        told.append(_DELAY)
    if any(title in shown for title in _others(results)[2:]):
        told.append(_STAND_IN)
    return told


def _conditions(results: Results, shown: Mapping[str, object]) -> list[str]:
    """Name the machine and the libraries, and what but the plugins took time."""
    machine = results.machine
    told = [
        f"{machine['cpus']} CPUs, {machine['processor']}, {machine['system']};"
        f" load {machine['load_at_start']} at the start.",
    ]
    titles_by_versions: dict[str, list[str]] = {}
    for title, versions in results.versions.items():
        if title == OURS or _HEADINGS.get(title, title) in shown:
            named = ", ".join(f"{name} {version}" for name, version in versions.items())
            titles_by_versions.setdefault(named, []).append(title)
    told += [f"{', '.join(titles)}: {named}." for named, titles in titles_by_versions.items()]
    if results.reference_ms:
        loop = Spread.of(results.reference_ms)
        noise = f"Reference loop {loop.low:.1f}-{loop.high:.1f} ms (median {loop.median:.1f})"
        judged = (
            ": too noisy for a verdict, so repeat it on an idle machine" if results.noisy else ""
        )
        told.append(f"{noise}{judged}.")
    used = [
        max(spread.median for spread in found.values())
        for metric in ("driver_cpu_s", "upstream_cpu_s")
        if (found := results.spreads("streams_200", OURS, metric))
    ]
    if used:
        driver, upstream = map(format_number, used)
        told.append(
            f"With 200 streams the driver used {driver} s of CPU, the upstream {upstream} s."
        )
    return told
