"""The command line: make the pictures of docs/, or a folder of pictures to look at."""

import argparse
from pathlib import Path

from rich.console import Console

from tools.check.browser.chromium import chromium
from tools.check.errors import CheckFailure
from tools.pictures.forms_page import PAGE, make_forms
from tools.pictures.looks import make_looks
from tools.pictures.usage_report import PICTURES, make_usage_pictures


def main() -> int:
    """Make pictures; return 0, 1 if a text of a form is cut, 2 if they cannot be made."""
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
    try:
        with chromium() as browser:
            if arguments.look:
                for path in make_looks(browser, arguments.look):
                    console.print(str(path))
                return 0
            cut = make_forms(browser)
            make_usage_pictures(browser)
    except CheckFailure as failure:
        console.print(f"tools.pictures: {failure}")
        return 2
    for sentence in cut:
        console.print(sentence)
    for name in (PAGE.name, *(path.name for path in PICTURES.values())):
        console.print(f"{name} is written.")
    return 1 if cut else 0


if __name__ == "__main__":
    raise SystemExit(main())
