"""BEHAVIOUR.md names a test for every row, and every test that it names exists."""

import ast
import re
from pathlib import Path

from integrations.aigo import run_inference as snippet

FOLDER = Path(snippet.__file__).parent
PAGE = (FOLDER / "BEHAVIOUR.md").read_text(encoding="utf-8")
README = (FOLDER / "README.md").read_text(encoding="utf-8")
SNIPPET = Path(snippet.__file__).read_text(encoding="utf-8")
ROWS = [line.split(" | ") for line in PAGE.splitlines() if re.match(r"\| \d+ \|", line)]


def names_of_tests() -> set[str]:
    """Return the names of the tests of this folder."""
    return {
        node.name
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_every_row_is_there_once_and_in_order() -> None:
    assert [int(row[0].removeprefix("| ")) for row in ROWS] == list(range(1, 63))


def test_every_row_has_a_test_or_a_reason() -> None:
    without = [row[0] for row in ROWS if not re.search(r"`test_\w+`", row[-1])]
    assert without == ["| 44"]


def test_every_named_test_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE)) - {"test_behaviour_page"}
    assert len(named) > 45
    assert named <= names_of_tests()


def test_the_table_of_settings_is_complete() -> None:
    read = set(re.findall(r'"(DIFY_[A-Z_]+)"', SNIPPET))
    told = set(re.findall(r"^\| `(DIFY_[A-Z_]+)`", README, re.MULTILINE))
    assert read == told


def test_the_number_of_cases_is_told() -> None:
    assert f"{len(ROWS)} cases" in README


def test_the_table_of_fields_is_complete() -> None:
    written = set(re.findall(r'"(dify_[a-z_]+)"', SNIPPET))
    assert written <= set(re.findall(r"`(dify_[a-z_]+)`", README))
