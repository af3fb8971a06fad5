"""How many examples a property is tried with, and that nothing is left behind in the tree.

The suite tries the same few every time; `HYPOTHESIS_PROFILE=fuzz` tries many new ones.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.properties.upstream import Upstream
from tests.properties.upstream import upstream as running_upstream

# Hypothesis keeps tables of characters and constants even without a database of examples.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir()) / "hypothesis-tables")
)

settings.register_profile(
    "suite",
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    # A busy machine is no reason to fail.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", settings.get_profile("suite"), max_examples=200, derandomize=False, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session")
def upstream() -> Iterator[Upstream]:
    """Run the server once."""
    with running_upstream() as made:
        yield made
