"""The command line: write what is made from the catalogue, or say what differs from it."""

import argparse
import sys

from rich.console import Console

from tools.catalogue.render import differences, rendered, write
from tools.command import run_command


def main() -> int:
    """Run one command; return 0, or 1 if a file of the tree is not as the catalogue has it."""
    parser = argparse.ArgumentParser(prog="python -m tools.catalogue", description=__doc__)
    parser.add_argument(
        "command",
        choices=("render", "check"),
        help="render: write the made files; check: exit with 1 if one differs",
    )
    command = parser.parse_args().command
    return run_command("catalogue", lambda: _run(command, Console(highlight=False)))


def _run(command: str, console: Console) -> int:
    if command == "render":
        write()
        console.print(f"{len(rendered())} files are as the catalogue has them.")
        return 0
    found = list(differences())
    for sentence in found:
        console.print(sentence)
    if found:
        console.print("Run `python -m tools.catalogue render`.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
