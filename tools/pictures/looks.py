"""Pictures that nobody keeps: to be looked at before a change of what people see is committed."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser
from rich.console import Console
from rich.text import Text

from tools.check.errors import CheckFailure
from tools.pictures.forms import ROOT

_THEMES = {"light": "#ffffff", "dark": "#0d1117"}
_WIDTHS = (80, 120)
# What the README shows of the terminal: a module, and for how long it may run.
_COMMANDS = {"demo": "tools.demo"}
_COMMAND_SECONDS = 300
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
    for name, module in _COMMANDS.items():
        for columns in _WIDTHS:
            yield _terminal(browser, folder / f"{name}_{columns}.png", module, columns)


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


def _terminal(browser: Browser, path: Path, module: str, columns: int) -> Path:
    """Show what a command prints in a terminal of that width, through rich's own SVG."""
    # In colours, but without what moves.
    terminal = {"COLUMNS": str(columns), "FORCE_COLOR": "1", "TTY_INTERACTIVE": "0"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            check=False,
            cwd=ROOT,
            env={**os.environ, **terminal},
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CheckFailure(f"`{module}` has not ended after {_COMMAND_SECONDS} seconds.") from None
    console = Console(width=columns, record=True, file=open(os.devnull, "w"))  # noqa: SIM115
    console.print(Text.from_ansi(done.stdout + done.stderr))
    svg = console.export_svg(title=f"python -m {module}, {columns} columns")
    return _picture(browser, path, svg, "light")


def _picture(browser: Browser, path: Path, body: str, theme: str) -> Path:
    page = browser.new_page(
        viewport={"width": 1000, "height": 400},
        color_scheme="dark" if theme == "dark" else "light",
    )
    colour = "#e6edf3" if theme == "dark" else "#1c2733"
    page.set_content(f'<body style="background:{_THEMES[theme]};color:{colour}">{body}')
    page.locator("img").evaluate_all(_ENLARGE)
    page.screenshot(path=path, full_page=True)
    page.close()
    return path


def _data_url(file: Path) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(file.read_bytes()).decode()}"
