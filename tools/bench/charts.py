"""How cost grows, as one SVG of three panels with logarithmic axes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tools.bench.results import Results
from tools.bench.rows import FLOOR, OURS, RAW
from tools.bench.subject import APIS

type Points = list[tuple[float, float]]

_WIDTH, _HEIGHT = 268, 214
_LEFT, _TOP, _RIGHT, _BOTTOM = 50, 34, 12, 40
_PANELS = (
    ("growth_streams", "Concurrent streams of 100 deltas", "streams"),
    ("growth_prompt", "Plain call by prompt size", "bytes"),
    ("growth_deltas", "One stream by length", "deltas"),
)
_STYLE = """
text{font:11px system-ui,sans-serif;fill:#3d444d}.title{font-weight:600}
.grid{stroke:#d1d9e0}polyline{fill:none;stroke-width:2}.responses{stroke-dasharray:5 3}
.c0{stroke:#0969da}.c1{stroke:#8c959f}.c2{stroke:#bc4c00}.c3{stroke:#8250df}
@media(prefers-color-scheme:dark){text{fill:#d1d7e0}.grid{stroke:#3d444d}
.c0{stroke:#4493f8}.c1{stroke:#9198a1}.c2{stroke:#f0883e}.c3{stroke:#ab7df8}}
"""


def write_charts(results: Results, directory: Path) -> None:
    """Write growth.svg; a measure that did not run leaves its panel out."""
    titles = [title for title in results.titles if not title.startswith(RAW)]
    panels: list[str] = []
    for measure, title, unit in _PANELS:
        lines = _lines(results, measure, titles)
        if lines:
            scales = _Scale.over(lines, 0), _Scale.over(lines, 1)
            drawn = "".join(_panel(lines, *scales, title=title, unit=unit))
            panels.append(f'<g transform="translate({len(panels) * _WIDTH} 0)">{drawn}</g>')
    width, height = max(1, len(panels)) * _WIDTH, _HEIGHT + 24
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}">'
        f"<style>{_STYLE}</style>{''.join(panels)}{''.join(_legend(titles))}</svg>\n"
    )
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "growth.svg").write_text(svg, "utf-8")


@dataclass(frozen=True, slots=True)
class _Line:
    style: str
    points: Points


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis over whole powers of ten."""

    low: int
    high: int

    @classmethod
    def over(cls, lines: list[_Line], axis: int) -> "_Scale":
        values = [math.log10(point[axis]) for line in lines for point in line.points]
        low = math.floor(min(values))
        return cls(low, max(math.ceil(max(values)), low + 1))

    def place(self, value: float, start: float, end: float) -> float:
        """Return where a value stands between two coordinates."""
        return start + (math.log10(value) - self.low) / (self.high - self.low) * (end - start)

    def ticks(self) -> range:
        return range(self.low, self.high + 1)


def _lines(results: Results, measure: str, titles: list[str]) -> list[_Line]:
    lines = []
    for title in titles:
        runs_by_api = results.numbers.get(measure, {}).get(title, {})
        for api in APIS:
            sizes = runs_by_api.get(api, [{}])[0]
            points = [
                (float(size), results.spreads(measure, title, size)[api].median) for size in sizes
            ]
            if points:
                lines.append(_Line(f"c{titles.index(title) % 4} {api}", points))
    return lines


def _panel(lines: list[_Line], x: _Scale, y: _Scale, *, title: str, unit: str) -> Iterator[str]:
    left, right, top, bottom = _LEFT, _WIDTH - _RIGHT, _TOP, _HEIGHT - _BOTTOM
    yield f'<text class="title" x="{left}" y="16">{escape(title)}</text>'
    for power in x.ticks():
        at = x.place(10.0**power, left, right)
        yield f'<line class="grid" x1="{at:.1f}" y1="{top}" x2="{at:.1f}" y2="{bottom}"/>'
        yield f'<text x="{at:.1f}" y="{bottom + 15}" text-anchor="middle">{_short(power)}</text>'
    for power in y.ticks():
        at = y.place(10.0**power, bottom, top)
        yield f'<line class="grid" x1="{left}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>'
        told = _short(power, "ms")
        yield f'<text x="{left - 5}" y="{at + 4:.1f}" text-anchor="end">{told}</text>'
    yield f'<text x="{right}" y="{bottom + 30}" text-anchor="end">{unit}</text>'
    for line in lines:
        path = " ".join(
            f"{x.place(size, left, right):.1f},{y.place(ms, bottom, top):.1f}"
            for size, ms in line.points
        )
        yield f'<polyline class="{line.style}" points="{path}"/>'


def _legend(titles: list[str]) -> Iterator[str]:
    entries = [(f"c{number % 4}", title) for number, title in enumerate(titles)]
    names = {OURS: "this plugin", FLOOR: "SDK floor"}
    at = _LEFT
    for style, title in [*entries, ("c0 responses", "dashed: Responses")]:
        label = names.get(title, title)
        yield f'<polyline class="{style}" points="{at},{_HEIGHT + 8} {at + 24},{_HEIGHT + 8}"/>'
        yield f'<text x="{at + 30}" y="{_HEIGHT + 12}">{escape(label)}</text>'
        at += 50 + 7 * len(label)


def _short(power: int, unit: str = "") -> str:
    """Return a power of ten as people write it; milliseconds become seconds from 1,000 on."""
    if unit == "ms":
        return f"{10 ** (power - 3):,} s" if power >= 3 else f"{10.0**power:g} ms"  # noqa: PLR2004
    for size, letter in ((6, "M"), (3, "k")):
        if power >= size:
            return f"{10 ** (power - size)}{letter}"
    return f"{10.0**power:g}"
