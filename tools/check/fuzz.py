"""The properties with new random examples, round after round, for as long as there is time."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from rich.console import Console

from tools.check.errors import CheckFailure

MINUTES = 10.0
_ROOT = Path(__file__).parents[2]
# No property takes that long; one that does hangs.
_ROUND_SECONDS = 3600
_TRIED = re.compile(r"- (\d+) passing, (\d+) failing")
_DRAWS = re.compile("from hypothesis import|HYPOTHESIS_PROFILE")


@dataclass(frozen=True, slots=True)
class _Round:
    """What a round tried, and what it found: a report for the name of each property that failed."""

    properties: int
    tried: int
    found: dict[str, str]


def check_fuzz(console: Console, minutes: float = MINUTES) -> None:
    """Run every test that draws examples under the profile `fuzz`, again while time is left.

    The last round may begin just before the time is up. A property that fails is shown once and
    tried on, and the run ends when its time does.

    Raises:
        CheckFailure: a property does not hold, or a round does not end.
    """
    files = [*_files()]
    ends_at = time.monotonic() + minutes * 60
    console.print(f"{len(files)} files of properties, new examples for {minutes:g} minutes")
    found: dict[str, str] = {}
    number = tried = 0
    while time.monotonic() < ends_at:
        began = time.monotonic()
        done = _round(files, number)
        number, tried = number + 1, tried + done.tried
        for name, report in done.found.items():
            if name not in found:
                console.print(f"{name}\n{report}", markup=False, highlight=False)
        found |= done.found
        console.print(
            f"round {number}: {done.properties} properties, {done.tried:,} examples, "
            f"{len(done.found)} failed, {time.monotonic() - began:.0f} s",
            highlight=False,
        )
    console.print(f"{tried:,} examples in {number} rounds", highlight=False)
    if found:
        names = ", ".join(sorted(found))
        raise CheckFailure(f"{len(found)} properties do not hold, shown above: {names}")


def _files() -> Iterator[str]:
    for path in sorted(_ROOT.glob("tests/**/test_*.py")):
        if _DRAWS.search(path.read_text(encoding="utf-8")):
            yield str(path.relative_to(_ROOT))


def _round(files: list[str], number: int) -> _Round:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = ["-q", "--hypothesis-show-statistics", f"--junitxml={report}", "-p", "no:logging"]
        try:
            result = subprocess.run(
                [sys.executable, "-m", "pytest", *options, *files],
                cwd=_ROOT,
                env={**os.environ, "HYPOTHESIS_PROFILE": "fuzz", "FUZZ_ROUND": str(number)},
                capture_output=True,
                text=True,
                timeout=_ROUND_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise CheckFailure(f"a property hangs: a round took {_ROUND_SECONDS} s") from None
        if not report.exists():
            raise CheckFailure(f"pytest failed: {result.stdout[-2000:]}{result.stderr[-2000:]}")
        # Written by our own pytest just now.
        cases = [*ElementTree.parse(report).iter("testcase")]  # noqa: S314
    drawn = sum(int(number) for pair in _TRIED.findall(result.stdout) for number in pair)
    noted = sum(
        int(each.get("value", 0))
        for case in cases
        for each in case.iter("property")
        if each.get("name") == "tried"
    )
    found = {
        str(case.get("name")): f"{fault.text or fault.get('message')}"
        for case in cases
        for fault in (*case.iter("failure"), *case.iter("error"))
    }
    return _Round(len(cases), drawn + noted, found)
