"""Pictures that nobody keeps: to be looked at before a change of what people see is committed."""

import base64
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console
from rich.text import Text

from tools.check.browser.sample_calls import write_sample
from tools.check.errors import CheckFailure
from tools.pictures.forms import ROOT
from tools.usage.database import open_database

_THEMES = {"light": "#ffffff", "dark": "#0d1117"}
_WIDTHS = (80, 120)
_COMMAND_SECONDS = 300
_CALLS, _APPS = 5_000, 12
# An icon as its pixels are in that size, each of them made eight times as large.
_ENLARGE = """images => images.map(image => {
    const [size, canvas] = [+image.dataset.pixels, document.createElement("canvas")];
    [canvas.width, canvas.height] = [size * image.naturalWidth / image.naturalHeight, size];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const height = size > 24 ? size : size * 8;
    canvas.style = `image-rendering: pixelated; height: ${height}px; margin: 8px`;
    image.replaceWith(canvas);
})"""


def make_looks(browser: Browser, folder: Path) -> Iterator[Path]:
    """Write the pictures and yield each of their files. Raises CheckFailure."""
    folder.mkdir(parents=True, exist_ok=True)
    for theme in _THEMES:
        yield _drawing(browser, folder / f"request_{theme}.png", theme)
        yield _icons(browser, folder / f"icons_{theme}.png", theme)
    with tempfile.TemporaryDirectory() as temporary:
        database, page = Path(temporary, "usage.sqlite"), Path(temporary, "usage.html")
        write_sample(open_database(str(database)), _CALLS, _APPS, datetime.now(UTC))
        report = ("tools.usage", "report", "--database", str(database))
        for columns in _WIDTHS:
            yield _terminal(browser, folder / f"demo_{columns}.png", ("tools.demo",), columns)
            yield _terminal(browser, folder / f"report_{columns}.png", report, columns)
        _printed((*report, "--html", str(page)), max(_WIDTHS))
        for theme in _THEMES:
            written = page.read_text(encoding="utf-8")
            yield _picture(browser, folder / f"report_{theme}.png", written, theme)


def _drawing(browser: Browser, path: Path, theme: str) -> Path:
    svg = (ROOT / "docs/request.svg").read_text(encoding="utf-8")
    return _picture(browser, path, svg, theme)


def _icons(browser: Browser, path: Path, theme: str) -> Path:
    drawn = sorted((ROOT / "_assets").glob("icon*.svg"))
    of_theme = [file for file in drawn if file.stem.endswith("_dark") == (theme == "dark")]
    rows = "".join(
        f"<p>{file.stem}<br>"
        + "".join(f'<img data-pixels="{size}" src="{_data_url(file)}">' for size in (16, 24, 48))
        for file in of_theme
    )
    return _picture(browser, path, rows, theme)


def _terminal(browser: Browser, path: Path, command: Sequence[str], columns: int) -> Path:
    """Show what a command prints in a terminal of that width, through rich's own SVG."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(width=columns, record=True, file=nowhere)
        console.print(Text.from_ansi(_printed(command, columns)))
    svg = console.export_svg(title=f"python -m {' '.join(command[:2])}, {columns} columns")
    return _picture(browser, path, svg, "light")


def _printed(command: Sequence[str], columns: int) -> str:
    """Return what a module prints, in colours but without what moves. Raises CheckFailure."""
    terminal = {"COLUMNS": str(columns), "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", *command],
            check=False,
            cwd=ROOT,
            env={**os.environ, **terminal},
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CheckFailure(
            f"`{command[0]}` has not ended after {_COMMAND_SECONDS} seconds; run it by itself."
        ) from None
    if done.returncode:
        raise CheckFailure(f"`{command[0]}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout + done.stderr


def _picture(browser: Browser, path: Path, body: str, theme: str) -> Path:
    page = browser.new_page(
        viewport={"width": 1000, "height": 400},
        color_scheme="dark" if theme == "dark" else "light",
    )
    colour = "#e6edf3" if theme == "dark" else "#1c2733"
    style = f"background:{_THEMES[theme]};color:{colour}"
    page.set_content(body if body.startswith("<!") else f'<body style="{style}">{body}')
    page.locator("img").evaluate_all(_ENLARGE)
    page.screenshot(path=path, full_page=True)
    page.close()
    return path


def _data_url(file: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(file.read_bytes()).decode()}"
