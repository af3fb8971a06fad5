"""The pages for people: every link between them leads to a file and a heading that are there."""

import re
from pathlib import Path

from tests.declarations.declaration_files import ROOT

LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """The pages of the tree, without what is built or installed in it."""
    folders = ("docs", "provider", "integrations", "fakes", "tools", "tests")
    inner = (page for folder in folders for page in (ROOT / folder).rglob("*.md"))
    return [*ROOT.glob("*.md"), *inner]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    headings = HEADING.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


def test_every_link_leads_somewhere() -> None:
    lost = []
    for page in pages():
        for file, anchor in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
            target = page.parent / file if file else page
            if not target.exists() or (anchor and anchor not in anchors(target)):
                lost.append(f"{page.relative_to(ROOT)}: {file}#{anchor}")
    assert lost == []
