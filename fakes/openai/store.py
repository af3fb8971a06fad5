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

type Order = Literal["asc", "desc"]
type Kind = Literal["chat", "response"]

_TABLE = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    model TEXT NOT NULL,
    metadata TEXT NOT NULL,
    record TEXT NOT NULL,
    input TEXT NOT NULL,
    UNIQUE (account, kind, id)
);
CREATE INDEX IF NOT EXISTS records_in_order ON records (account, kind, created, seq);
"""
_HAS_PAIR = (
    " AND EXISTS (SELECT 1 FROM json_each(records.metadata) WHERE json_each.key = ?"
    " AND json_each.value = ?)"
)


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One kept generation: the object the API returns, and what was sent in (messages or items)."""

    id: str
    created: int
    model: str
    metadata: dict[str, str]
    record: JsonObject
    input: list[JsonObject]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records of an account a list call asks for."""

    metadata: Mapping[str, str]
    model: str | None = None
    after: str | None = None
    limit: int = 20
    order: Order = "asc"


class Store:
    """The kept records of all accounts."""

    def __init__(self, database: Path) -> None:
        """Open the database file, and create it when it is not there."""
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _TABLE)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def add(self, account: str, kind: Kind, stored: StoredRecord) -> None:
        """Keep a record; one with the same id is replaced."""
        self._connection.execute(
            "INSERT OR REPLACE INTO records"
            " (account, kind, id, created, model, metadata, record, input)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                account,
                kind,
                stored.id,
                stored.created,
                stored.model,
                json.dumps(stored.metadata),
                json.dumps(stored.record),
                json.dumps(stored.input),
            ),
        )

    def get(self, account: str, kind: Kind, identifier: str) -> StoredRecord | None:
        """Return a record of this account, None when it has none with this id."""
        row = self._connection.execute(
            "SELECT id, created, model, metadata, record, input FROM records"
            " WHERE account = ? AND kind = ? AND id = ?",
            (account, kind, identifier),
        ).fetchone()
        return None if row is None else _to_stored(row)

    def set_metadata(self, account: str, identifier: str, metadata: dict[str, str]) -> bool:
        """Replace the metadata of a chat completion; return whether it exists."""
        stored = self.get(account, "chat", identifier)
        if stored is None:
            return False
        self._connection.execute(
            "UPDATE records SET metadata = ?, record = ?"
            " WHERE account = ? AND kind = 'chat' AND id = ?",
            (
                json.dumps(metadata),
                json.dumps({**stored.record, "metadata": metadata}),
                account,
                identifier,
            ),
        )
        return True

    def delete(self, account: str, kind: Kind, identifier: str) -> bool:
        """Delete a record; return whether it existed."""
        cursor = self._connection.execute(
            "DELETE FROM records WHERE account = ? AND kind = ? AND id = ?",
            (account, kind, identifier),
        )
        return cursor.rowcount > 0

    def select(self, account: str, kind: Kind, selection: Selection) -> list[StoredRecord]:
        """Return the records of one page and one more when there are more, by time then arrival.

        Raises LookupError when `after` names no record of this account.
        """
        where = "account = ? AND kind = ?"
        values: list[str | int] = [account, kind]
        if selection.model is not None:
            where += " AND model = ?"
            values.append(selection.model)
        for pair in selection.metadata.items():
            where += _HAS_PAIR
            values += pair
        if selection.after is not None:
            row = self._connection.execute(
                "SELECT created, seq FROM records WHERE account = ? AND kind = ? AND id = ?",
                (account, kind, selection.after),
            ).fetchone()
            if row is None:
                raise LookupError(selection.after)
            where += f" AND (created, seq) {'>' if selection.order == 'asc' else '<'} (?, ?)"
            values += row
        direction = "ASC" if selection.order == "asc" else "DESC"
        rows = self._connection.execute(
            "SELECT id, created, model, metadata, record, input FROM records"  # noqa: S608
            f" WHERE {where} ORDER BY created {direction}, seq {direction} LIMIT ?",
            (*values, selection.limit + 1),
        ).fetchall()
        return [_to_stored(row) for row in rows]


def _to_stored(row: tuple[str, int, str, str, str, str]) -> StoredRecord:
    identifier, created, model, metadata, record, sent = row
    return StoredRecord(
        identifier, created, model, json.loads(metadata), json.loads(record), json.loads(sent)
    )
