"""The check of the project's pages in a real browser."""

import tempfile
from pathlib import Path

from rich.console import Console

from tools.check.browser.chromium import chromium
from tools.check.browser.usage_page import check_usage_page
from tools.progress import Progress

_PAGES = {"usage report": check_usage_page}
_PAGE_SECONDS = 30


def check_browser(console: Console, shots: Path | None) -> None:
    """Use every page in a browser without a network. Raises CheckFailure.

    `shots` is a folder for pictures of them, made where it is missing.
    """
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Progress(len(_PAGES) * _PAGE_SECONDS) as progress,
        chromium() as browser,
    ):
        for name, check_page in _PAGES.items():
            progress.step(f"The {name}: made, and used in a browser", _PAGE_SECONDS)
            console.print(check_page(browser, Path(folder), shots), highlight=False)
