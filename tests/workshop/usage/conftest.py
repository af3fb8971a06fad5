"""Databases of calls: empty ones, and one with two months of 50 apps."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tools.check.browser.sample_calls import write_sample
from tools.usage.database import open_database

NOW = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Return a database without calls."""
    opened = open_database(str(tmp_path / "usage.sqlite"))
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Return a database of 2,000 calls until NOW, which nobody changes."""
    opened = open_database(str(tmp_path_factory.mktemp("sample") / "usage.sqlite"))
    write_sample(opened, 2_000, 12, NOW)
    yield opened
    opened.dispose()
