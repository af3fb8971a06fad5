"""The records that the service keeps: stored chat completions and stored responses, in SQLite.

One connection on one thread: the event loop's. Every query is bound to one account.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fakes.openai.json_types import JsonObject

type Kind = Literal["chat", "response"]

_TABLE = """
CREATE TABLE IF NOT EXISTS generations (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    input TEXT NOT NULL,
    UNIQUE (account, kind, id)
);
CREATE INDEX IF NOT EXISTS generations_in_order ON generations (account, kind, number);
"""


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One kept generation: what the API returns, and what was sent in, as it is listed."""

    record: JsonObject
    input: list[JsonObject]


class Store:
    """The kept records of all accounts."""

    def __init__(self, database: Path) -> None:
        """Open the database file, and create it when it is not there."""
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _TABLE)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def add(self, account: str, kind: Kind, kept: StoredRecord) -> None:
        """Keep a record; one with the same id is replaced."""
        values = (account, kind, kept.record["id"], *map(json.dumps, (kept.record, kept.input)))
        self._connection.execute(
            "INSERT OR REPLACE INTO generations (account, kind, id, record, input)"
            " VALUES (?, ?, ?, ?, ?)",
            values,
        )

    def get(self, account: str, kind: Kind, identifier: str) -> StoredRecord | None:
        """Return a record of this account, None when it has none with this id."""
        row = self._connection.execute(
            "SELECT record, input FROM generations WHERE account = ? AND kind = ? AND id = ?",
            (account, kind, identifier),
        ).fetchone()
        return None if row is None else StoredRecord(*map(json.loads, row))

    def set_metadata(
        self, account: str, kind: Kind, identifier: str, metadata: dict[str, str]
    ) -> None:
        """Replace the metadata of a record, if there is one."""
        self._connection.execute(
            "UPDATE generations SET record = json_set(record, '$.metadata', json(?))"
            " WHERE account = ? AND kind = ? AND id = ?",
            (json.dumps(metadata), account, kind, identifier),
        )

    def delete(self, account: str, kind: Kind, identifier: str) -> bool:
        """Delete a record; return whether it existed."""
        cursor = self._connection.execute(
            "DELETE FROM generations WHERE account = ? AND kind = ? AND id = ?",
            (account, kind, identifier),
        )
        return cursor.rowcount > 0

    def records(
        self, account: str, kind: Kind, after: str | None = None, *, newest_first: bool = False
    ) -> Iterator[JsonObject]:
        """Yield the records of this account, the oldest first, behind the one of id `after`.

        Raises LookupError when there is no such record. A list of many is read as far as needed.
        """
        condition, values = "account = ? AND kind = ?", [account, kind]
        if after is not None:
            found = self._connection.execute(
                f"SELECT number FROM generations WHERE {condition} AND id = ?",  # noqa: S608
                (*values, after),
            ).fetchone()
            if found is None:
                raise LookupError(after)
            condition += f" AND number {'<' if newest_first else '>'} {found[0]}"
        rows = self._connection.execute(
            f"SELECT record FROM generations WHERE {condition} "  # noqa: S608
            f"ORDER BY number {'DESC' if newest_first else 'ASC'}",
            values,
        )
        return (json.loads(record) for (record,) in rows)
