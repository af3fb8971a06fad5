"""The rows of the table and what each is to reach."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tools.bench.quantiles import Spread
from tools.bench.results import Results
from tools.bench.subject import APIS, Api

OURS, FLOOR, RAW = "ours", "floor", "raw client"
_PARTNERS: Mapping[str, str] = {"floor": FLOOR, "raw": RAW}


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

    def target_text(self) -> str:
        """Return the target in words, empty if there is none."""
        if self.target is None:
            return ""
        if self.target.times:
            return f"≤ {self.target.limit:g} x {self.target.times}"
        return f"≤ {format_number(self.target.limit)} {self.unit}"


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
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one row: a value of each API, or of one for a contender that has only one."""

    spreads: Mapping[Api, Spread]

    def text(self) -> str:
        """Return the medians, chat first."""
        return " / ".join(format_number(spread.median) for spread in self._in_order())

    def deviation_text(self) -> str:
        """Return how far the values of each API are from its median; empty for one process."""
        spreads = self._in_order()
        if all(spread.low == spread.high for spread in spreads):
            return ""
        return "± " + " / ".join(f"{spread.deviation_percent:.0f}" for spread in spreads) + " %"

    def range_text(self) -> str:
        """Return the smallest and largest value of each API; empty for a single process."""
        spreads = self._in_order()
        if all(spread.low == spread.high for spread in spreads):
            return ""
        return " / ".join(
            f"{format_number(spread.low)}-{format_number(spread.high)}" for spread in spreads
        )

    def times(self, other: "Cell") -> list[float]:
        """Return this as a multiple of another cell, API by API; nothing to compare is left out."""
        whole = next(iter(other.spreads.values())) if len(other.spreads) == 1 else None
        pairs = ((spread, other.spreads.get(api, whole)) for api, spread in self.spreads.items())
        return [spread.median / base.median for spread, base in pairs if base and base.median]

    def _in_order(self) -> list[Spread]:
        return [self.spreads[api] for api in APIS if api in self.spreads]


def cell(results: Results, row: Row, title: str) -> Cell | None:
    """Return a contender's numbers in a row, None if it has none."""
    spreads = results.spreads(row.measure, title, row.metric)
    return Cell(spreads) if spreads else None


def ratios(results: Results, row: Row) -> list[float]:
    """Return our numbers as multiples of the column that the target names; empty if it is none."""
    if row.target is None or row.target.times is None:
        return []
    ours, base = (cell(results, row, title) for title in (OURS, _PARTNERS[row.target.times]))
    return ours.times(base) if ours and base else []


def is_met(results: Results, row: Row) -> bool | None:
    """Return whether every API reaches the target; None if there is none, or no number."""
    ours = cell(results, row, OURS)
    if row.target is None or ours is None:
        return None
    reached = (
        ratios(results, row)
        if row.target.times
        else [spread.median for spread in ours.spreads.values()]
    )
    return all(value <= row.target.limit for value in reached) if reached else None


def measured_rows(results: Results) -> list[Row]:
    """Return the rows that have a number of ours."""
    return [row for row in ROWS if cell(results, row, OURS)]


def format_number(value: float) -> str:
    """Return a number with three figures, more only before the point."""
    for limit, digits in ((0.995, 2), (9.95, 2), (99.5, 1)):
        if abs(value) < limit:
            return f"{value:.{digits}f}"
    return f"{value:,.0f}"
