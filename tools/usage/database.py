"""The database of calls: one schema for SQLite and PostgreSQL, written by one at a time.

Money is in picodollars (1e-12 USD) as whole numbers, so that sums are exact.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    event,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from tools.usage.calls import COLUMNS, Call, merged, row_of

PICODOLLARS = 10**12
DEFAULT_DATABASE = "usage.sqlite"
COST_PARTS = ("cost_input", "cost_cached", "cost_cache_write", "cost_output", "cost_tools")

metadata = MetaData()
calls = Table(
    "calls",
    metadata,
    # openai:<id>, call:<16 hex digits>, or line:<SHA-256> for older lines without an id.
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # ms since the epoch, when it began
    Column("account", Text),
    Column("provider", Text, nullable=False),
    Column("api", Text, nullable=False),
    Column("model", Text, nullable=False),
    Column("asked_model", Text),
    Column("app_id", Text),
    Column("user_digest", Text),
    Column("id", Text),
    Column("request_id", Text),
    Column("stored", Boolean, nullable=False),
    Column("tier", Text),
    Column("why", Text),
    Column("input", BigInteger, nullable=False),
    Column("cached", BigInteger, nullable=False),
    Column("cache_write", BigInteger, nullable=False),
    Column("cache_write_12h", BigInteger, nullable=False, default=0),  # part of it
    Column("output", BigInteger, nullable=False),
    Column("reasoning", BigInteger, nullable=False),
    Column("audio_input", BigInteger, nullable=False),
    Column("audio_output", BigInteger, nullable=False),
    Column("characters", BigInteger, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("searches", Integer, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("finish", Text),
    Column("error", Text),
    Column("ms", BigInteger),
    Column("first_ms", BigInteger),
    # All null together: the price is unknown.
    *(Column(name, BigInteger) for name in (*COST_PARTS, "saved")),
    Column("price_source", Text),
    Column("in_log", Boolean, nullable=False),
    Column("in_service", Boolean, nullable=False),
    Column("verified", Boolean),  # whether a response was found by its id; null: nobody looked
    Column("region_factor", Text, nullable=False, default="1"),  # times the list price
    Index("calls_at", "at"),
    Index("calls_app_id_at", "app_id", "at"),
)
call_tags = Table(
    "call_tags",
    metadata,
    Column("key", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
# How far a source was read.
positions = Table(
    "positions",
    metadata,
    Column("source", Text, primary_key=True),
    Column("position", Text, nullable=False),
    Column("read_at", BigInteger, nullable=False),
)
app_names = Table(
    "app_names",
    metadata,
    Column("app_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)
# What OpenAI's costs API says was billed; `day` is YYYY-MM-DD in UTC.
billed = Table(
    "billed",
    metadata,
    Column("account", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("line_item", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
)

type Row = Mapping[str, Any]
type CostColumns = Callable[[Call], Row]

# Any number will do that no other program takes for its own lock.
_LOCK = 0x64696679_75736167
_BUSY_SECONDS = 60
_BATCH = 1000


class DatabaseFailure(Exception):  # noqa: N818 - what happened
    """The database cannot be opened or is another program's; one sentence."""


def open_database(name: str) -> Engine:
    """Open a file of SQLite or a `postgresql://` address, and create the tables it lacks.

    Raises:
        DatabaseFailure: the name is no address and no file that can be written.
    """
    url = _url_of(name)
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    try:
        with writing(engine) as connection:
            metadata.create_all(connection)
    except SQLAlchemyError as error:
        raise DatabaseFailure(f"The database cannot be opened: {in_one_line(error)}.") from None
    return engine


def in_one_line(error: SQLAlchemyError) -> str:
    """Return what the driver says, without the statement and its values."""
    said = str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
    return (said.splitlines() or ["?"])[0].strip().rstrip(".")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction that is the only one to write until it ends.

    So two collectors that meet the same call merge it one after the other, in any order.
    """
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        yield connection


def upsert(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Write rows; one with the same primary key is replaced in the columns that are given."""
    if not rows:
        return
    given = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    replaced = {name: given.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(given.on_conflict_do_update(index_elements=keys, set_=replaced), rows)


def write_calls(connection: Connection, told: Iterable[Call], cost_columns: CostColumns) -> None:
    """Merge calls with what is known of them, price them anew, and write them.

    The connection is one of `writing`. `cost_columns` gives a call's columns of COST_PARTS,
    `saved` and `price_source`.
    """
    by_key: dict[str, Call] = {}
    for call in told:
        known = by_key.get(call.key)
        by_key[call.key] = merged(known, call) if known else call
    for known in known_calls(connection, by_key):
        by_key[known.key] = merged(known, by_key[known.key])
    found = list(by_key.values())
    upsert(connection, calls, [{**row_of(call), **cost_columns(call)} for call in found])
    tags = [
        {"key": call.key, "name": name, "value": value}
        for call in found
        for name, value in call.tags.items()
    ]
    upsert(connection, call_tags, tags)


def known_calls(connection: Connection, keys: Iterable[str]) -> Iterator[Call]:
    """Return the calls of these keys that the database has; tags, which only grow, are left out."""
    query = select(*(calls.c[name] for name in COLUMNS)).where(calls.c.key.in_(list(keys)))
    for row in connection.execute(query):
        yield Call(*row)


def price_again(engine: Engine, cost_columns: CostColumns) -> Iterator[int]:
    """Price every call anew; yield how many were in each piece of the work."""
    last = ""
    while True:
        with writing(engine) as connection:
            query = select(*(calls.c[name] for name in COLUMNS)).where(calls.c.key > last)
            rows = connection.execute(query.order_by(calls.c.key).limit(_BATCH)).all()
            found = [Call(*row) for row in rows]
            upsert(connection, calls, [{**row_of(call), **cost_columns(call)} for call in found])
        if not found:
            return
        yield len(found)
        last = found[-1].key


def position_of(connection: Connection, source: str) -> str | None:
    """Return how far a source was read, None if it never was."""
    query = select(positions.c.position).where(positions.c.source == source)
    return connection.execute(query).scalar()


def write_position(connection: Connection, source: str, position: str) -> None:
    """Say how far a source was read, in the transaction that writes what was read."""
    read_at = round(datetime.now(UTC).timestamp() * 1000)
    upsert(
        connection,
        positions,
        [{"source": source, "position": position, "read_at": read_at}],
    )


def _insert(connection: Connection, table: Table) -> Any:
    """Return the dialect's own INSERT; importing PostgreSQL's takes as long as half of the rest."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)


def _url_of(name: str) -> URL:
    if "://" not in name:
        path = Path(name)
        if not path.parent.is_dir():
            raise DatabaseFailure(f"There is no folder {str(path.parent)!r} for the database.")
        return URL.create("sqlite", database=name)
    try:
        url = make_url(name)
    except (ArgumentError, ValueError):
        raise DatabaseFailure(
            "--database is no file and no address; write postgresql://USER@HOST/NAME."
        ) from None
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"postgresql+psycopg", "sqlite"}:
        return url
    raise DatabaseFailure(
        f"{url.drivername!r} is not supported as a database; take a file or postgresql://…"
    )


def _prepare(connection: Any, _: object) -> None:
    """Leave transactions to `_begin`: the driver would begin one too late to read safely."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
