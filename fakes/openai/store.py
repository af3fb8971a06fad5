"""The records that the service keeps: stored chat completions and stored responses, in SQLite.

One connection on one thread: the event loop's. Every query is bound to one account.
"""

import json
import sqlite3
from collections.abc import Mapping
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
"""
_HAS_PAIR = (
    " AND EXISTS (SELECT 1 FROM json_each(record, '$.metadata') AS pair"
    " WHERE pair.key = ? AND pair.value = ?)"
)


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

    def ids(
        self, account: str, kind: Kind, metadata: Mapping[str, str], model: str | None
    ) -> list[str]:
        """Return which records have all these pairs and this model, the oldest first."""
        query = "SELECT id FROM generations WHERE account = ? AND kind = ?"
        values = [account, kind]
        if model is not None:
            query += " AND record ->> '$.model' = ?"
            values.append(model)
        for pair in metadata.items():
            query += _HAS_PAIR
            values += pair
        rows = self._connection.execute(query + " ORDER BY number", values)
        return [identifier for (identifier,) in rows]
