"""The page of cases from the field names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/field-cases.md"
NAMED = re.compile(r"`(?P<path>tests/[\w/.]+?\.(?:py|yaml))?(?:::)?(?P<test>test_\w+)?`")
ROWS = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")][1:]


def test_every_case_names_a_test_that_exists() -> None:
    defined = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    names = {name for _, name in defined}
    for row in ROWS:
        path = ""
        found = 0
        for match in NAMED.finditer(row.rsplit(" | ", 1)[1]):
            path = match["path"] or path
            if match["test"] and path:
                assert (path, match["test"]) in defined, (path, match["test"])
            elif match["test"]:
                assert match["test"] in names, match["test"]
            elif match["path"]:
                assert (ROOT / path).is_file(), path
            found += bool(match["path"] or match["test"])
        assert found or row.rsplit(" | ", 1)[1].startswith("the same"), row


def test_every_row_has_four_cells() -> None:
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 5 for row in ROWS)
