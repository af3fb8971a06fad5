"""The command line: make the pictures of docs/, or a folder of pictures to look at."""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from tools.check.browser.chromium import chromium
from tools.command import run_command
from tools.pictures.forms_page import PAGE, make_forms
from tools.pictures.looks import make_looks
from tools.pictures.usage_report import PICTURES, make_usage_pictures
from tools.progress import Progress

_FORMS_SECONDS, _REPORT_SECONDS, _LOOK_SECONDS = 5, 10, 45


def main() -> int:
    """Make pictures; return 0, 1 if they cannot be made or a text of a form is cut."""
    parser = argparse.ArgumentParser(prog="python -m tools.pictures", description=__doc__)
    parser.add_argument(
        "--look",
        type=Path,
        metavar="DIR",
        help="write pictures of the README's drawing, the icons and the usage report's page in "
        "both themes, and of the demo and the report at 80 and 120 columns, into DIR (a minute)",
    )
    arguments = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True, markup=False)
    return run_command(
        "pictures",
        lambda: _look(console, arguments.look) if arguments.look else _make(console),
    )


def _look(console: Console, folder: Path) -> int:
    with Progress(_LOOK_SECONDS) as progress, chromium() as browser:
        progress.step("Drawing what people see", _LOOK_SECONDS)
        for path in make_looks(browser, folder):
            console.print(str(path))
    return 0


def _make(console: Console) -> int:
    with Progress(_FORMS_SECONDS + _REPORT_SECONDS) as progress, chromium() as browser:
        progress.step("Drawing the forms", _FORMS_SECONDS)
        cut = make_forms(browser)
        progress.step("Drawing the usage report", _REPORT_SECONDS)
        make_usage_pictures(browser)
    for sentence in cut:
        console.print(sentence)
    for name in (PAGE.name, *(path.name for path in PICTURES.values())):
        console.print(f"{name} is written.")
    return 1 if cut else 0


if __name__ == "__main__":
    sys.exit(main())
