"""The benchmark's upstream as a process, for the tests of this directory."""

from collections.abc import Iterator

import pytest

from tools.bench.upstream_process import UpstreamProcess


@pytest.fixture(scope="module")
def upstream() -> Iterator[UpstreamProcess]:
    """Start it once per file."""
    with UpstreamProcess() as process:
        yield process
