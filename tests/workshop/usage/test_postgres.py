"""The same rows in PostgreSQL as in SQLite, also where collectors meet; a real server."""

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text

from tests.workshop.usage.conftest import NOW
from tools.check.browser.sample_calls import write_sample
from tools.check.postgres import postgres_server
from tools.usage.calls import Call
from tools.usage.database import open_database, price_again, write_calls, write_position, writing
from tools.usage.periods import last, zone_named
from tools.usage.prices import cost_columns
from tools.usage.summary import summary
from tools.usage.views import DIMENSIONS

_AT = 1_795_816_304_542
_LINES = [
    Call(
        *(f"openai:{number}", _AT + number, "openai", "chat", "gpt-4o-2024-08-06"),
        input=100,
        output=number,
        ms=5,
        searches=number % 2,
        in_log=True,
        tags={"team": "sales"},
    )
    for number in range(300)
]
_RECORDS = [
    replace(line, at=_AT, account="a", input=90, ms=None, searches=0, in_log=False, in_service=True)
    for line in _LINES
]


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The address of a server."""
    with postgres_server() as address:
        yield address


def _write(address: str, calls: Sequence[Call], seed: int) -> None:
    """Write calls in small pieces and in an order of their own, as one collector."""
    engine = open_database(address)
    shuffled = random.Random(seed).sample(calls, len(calls))
    for first in range(0, len(shuffled), 30):
        with writing(engine) as connection:
            write_calls(connection, shuffled[first : first + 30], cost_columns)
            write_position(connection, f"source {seed}", str(first))
    engine.dispose()


def _rows(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as connection:
        found = connection.execute(text("SELECT * FROM calls ORDER BY at, key")).mappings()
        return [dict(row) for row in found]


def test_collectors_that_meet_merge_what_each_knows(postgres: str, tmp_path: Path) -> None:
    at_once = [
        threading.Thread(target=_write, args=(postgres, calls, seed))
        for seed, calls in enumerate((_LINES, _RECORDS, _LINES))
    ]
    for collector in at_once:
        collector.start()
    for collector in at_once:
        collector.join(60)
    alone = open_database(str(tmp_path / "usage.sqlite"))
    with writing(alone) as connection:
        write_calls(connection, [*_LINES, *_RECORDS], cost_columns)
    together = open_database(postgres)
    found, expected = _rows(together), _rows(alone)
    assert list(price_again(together, cost_columns)) == [300]
    assert _rows(together) == found
    together.dispose()
    booleans = ("stored", "estimated", "in_log", "in_service")
    for row in expected:
        row.update({name: bool(row[name]) for name in booleans})
    assert found == expected
    assert {row["input"] for row in found} == {90}
    assert {row["ms"] for row in found} == {5}


def test_a_report_gives_the_same_answers_as_from_sqlite(postgres: str, sample: Engine) -> None:
    groupings = {(name,): True for name in DIMENSIONS} | {("app", "day"): True, ("tag:team",): True}
    zone = "Europe/Berlin"
    period = last("60d", NOW.astimezone(zone_named(zone)))
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute("CREATE DATABASE report")
    engine = open_database(postgres.replace("@/postgres", "@/report"))
    try:
        write_sample(engine, 2_000, 12, NOW)
        with engine.connect() as postgresql, sample.connect() as sqlite:
            first, second = (
                summary(each, period, groupings, zone) for each in (postgresql, sqlite)
            )
    finally:
        engine.dispose()
    assert first.model_copy(update={"made_at": second.made_at}) == second
