"""The properties with many more examples than the test command has time for."""

import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from tools.check.errors import CheckFailure

_ROOT = Path(__file__).parents[2]
_SECONDS = 3600


def check_fuzz(console: Console) -> None:
    """Run every test that draws examples under the profile `fuzz`.

    Raises:
        CheckFailure: one of them fails; pytest has printed the example.
    """
    drawing = sorted(
        str(path.relative_to(_ROOT))
        for path in _ROOT.glob("tests/**/test_*.py")
        if "from hypothesis import" in path.read_text(encoding="utf-8")
    )
    console.print(f"{len(drawing)} files of properties, profile fuzz")
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *drawing],
        cwd=_ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": "fuzz"},
        timeout=_SECONDS,
        check=False,
    )
    if result.returncode:
        raise CheckFailure("a property does not hold; the example is printed above")
