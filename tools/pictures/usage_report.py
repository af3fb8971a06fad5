"""The README's picture of the usage report and the lines above it: a month of 12 made-up apps."""

import io
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize
from rich.console import Console

from tools.check.browser.sample_calls import write_sample
from tools.pictures.forms import ROOT
from tools.usage.database import open_database
from tools.usage.page import as_page, page_groupings
from tools.usage.periods import between
from tools.usage.summary import Summary, summary
from tools.usage.terminal import show

type Theme = Literal["light", "dark"]

PICTURES: Mapping[Theme, Path] = {
    "light": ROOT / "docs/usage_light.png",
    "dark": ROOT / "docs/usage_dark.png",
}
# The same each time, so that pictures and lines change only with what makes them.
_NOW = datetime(2026, 11, 27, 23, tzinfo=UTC)
_PERIOD = between(date(2026, 10, 29), date(2026, 11, 27), _NOW)
_CALLS, _APPS, _SHOWN = 20_000, 12, 5
_COLUMNS = 100
_WIDTH, _HEIGHT = 1360, 1000
_MARGIN = 20


def sample_report(groupings: dict[tuple[str, ...], bool]) -> Summary:
    """Return the report of 30 days of the made-up apps."""
    with tempfile.TemporaryDirectory() as temporary:
        engine = open_database(str(Path(temporary, "usage.sqlite")))
        write_sample(engine, _CALLS, _APPS, _NOW, odd_names=())
        with engine.connect() as connection:
            made = summary(connection, _PERIOD, groupings, "UTC")
        engine.dispose()
    return made.model_copy(update={"made_at": _NOW})


def printed_lines() -> str:
    """Return what the terminal prints of it, without what stands on the page alone."""
    made = sample_report({("app",): True})
    output = io.StringIO()
    console = Console(file=output, width=_COLUMNS, highlight=False, color_system=None)
    show(console, made.model_copy(update={"endings": [], "reconciliation": None}), _SHOWN)
    return output.getvalue().rstrip() + "\n"


def make_usage_pictures(browser: Browser) -> None:
    """Write the page's pictures in both themes."""
    html = as_page(sample_report(page_groupings(_PERIOD)), _PERIOD)
    for theme, path in PICTURES.items():
        size: ViewportSize = {"width": _WIDTH, "height": _HEIGHT}
        page = browser.new_page(viewport=size, color_scheme=theme)
        page.set_content(html)
        # Down to the chart's end: the tables below are longer than anybody reads in a picture.
        end = page.locator("#chart").evaluate("chart => chart.getBoundingClientRect().bottom")
        page.screenshot(
            path=path,
            clip={"x": 0, "y": 0, "width": _WIDTH, "height": end + _MARGIN},
            full_page=True,
        )
        page.close()
