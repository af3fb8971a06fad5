"""README's picture of the usage report, and the lines above it."""

from tools.pictures.forms import ROOT
from tools.pictures.usage_report import PICTURES, printed_lines

MOST_BYTES = 200_000


def test_readme_shows_what_the_terminal_prints() -> None:
    # Otherwise paste this in place of README's lines, and run `python -m tools.pictures`.
    readme = (ROOT / "README.md").read_text("utf-8")
    assert f"```text\n{printed_lines()}```\n" in readme


def test_the_pictures_are_there_and_small() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for path in PICTURES.values():
        assert f'"docs/{path.name}"' in readme
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert path.stat().st_size < MOST_BYTES
