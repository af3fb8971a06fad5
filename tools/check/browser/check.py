"""The check of the project's pages in a real browser."""

import tempfile
from pathlib import Path

from rich.console import Console

from tools.check.browser.chromium import chromium
from tools.check.browser.usage_page import check_usage_page

_PAGES = (check_usage_page,)


def check_browser(console: Console, shots: Path | None) -> None:
    """Use every page in a browser without a network. Raises CheckFailure.

    `shots` is a folder for pictures of them, made where it is missing.
    """
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for check_page in _PAGES:
            console.print(check_page(browser, Path(folder), shots), highlight=False)
