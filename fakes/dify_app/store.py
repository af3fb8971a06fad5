"""End users, conversations and messages in SQLite: the memory of the apps.

A connection of its own to the sandbox's database, on one thread: the event loop's.
"""

import json
import sqlite3
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fakes.openai.json_types import JsonObject

type MessageStatus = Literal["normal", "error"]

_TABLES = """
CREATE TABLE IF NOT EXISTS dify_end_users (
    id TEXT PRIMARY KEY,
    app TEXT NOT NULL,
    session TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (app, session)
);
CREATE TABLE IF NOT EXISTS dify_conversations (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    app TEXT NOT NULL,
    end_user TEXT NOT NULL,
    name TEXT NOT NULL,
    inputs TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS dify_messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    query TEXT NOT NULL,
    answer TEXT NOT NULL,
    status TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS dify_messages_in_order ON dify_messages (conversation, seq);
"""
_NEW_NAME = "New conversation"


@dataclass(frozen=True, slots=True)
class EndUser:
    """Who talks to an app; `session` is the `user` that the caller sent."""

    id: str
    app: str
    session: str
    created: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of one end user with one app; `inputs` are those of its first message."""

    id: str
    name: str
    inputs: JsonObject
    created: int


@dataclass(frozen=True, slots=True)
class Message:
    """One turn: what was asked, and what was answered so far."""

    id: str
    conversation: str
    query: str
    answer: str
    status: str
    created: int


class ConversationStore:
    """What every app remembers."""

    def __init__(self, database: Path) -> None:
        """Open the database file, and create it when it is not there."""
        self._connection = sqlite3.connect(database, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _TABLES)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def end_user(self, app: str, session: str) -> EndUser:
        """Return the end user of this name, a new one where the app has not seen it."""
        self._connection.execute(
            "INSERT OR IGNORE INTO dify_end_users (id, app, session, created) VALUES (?, ?, ?, ?)",
            (str(uuid.uuid4()), app, session, int(time.time())),
        )
        row = self._connection.execute(
            "SELECT id, app, session, created FROM dify_end_users WHERE app = ? AND session = ?",
            (app, session),
        ).fetchone()
        return EndUser(*row)

    def find_end_user(self, app: str, identifier: str) -> EndUser | None:
        """Return an end user of this app by its id."""
        row = self._connection.execute(
            "SELECT id, app, session, created FROM dify_end_users WHERE app = ? AND id = ?",
            (app, identifier),
        ).fetchone()
        return None if row is None else EndUser(*row)

    def start_conversation(self, user: EndUser, inputs: JsonObject) -> Conversation:
        """Begin a conversation."""
        started = Conversation(str(uuid.uuid4()), _NEW_NAME, inputs, int(time.time()))
        self._connection.execute(
            "INSERT INTO dify_conversations (id, app, end_user, name, inputs, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                started.id,
                user.app,
                user.id,
                started.name,
                json.dumps(started.inputs),
                started.created,
            ),
        )
        return started

    def conversations(self, user: EndUser) -> list[Conversation]:
        """Return the conversations of an end user, the newest first."""
        rows = self._connection.execute(
            "SELECT id, name, inputs, created FROM dify_conversations"
            " WHERE app = ? AND end_user = ? ORDER BY seq DESC",
            (user.app, user.id),
        ).fetchall()
        return [_to_conversation(row) for row in rows]

    def find_conversation(self, user: EndUser, identifier: str) -> Conversation | None:
        """Return a conversation of this app and this end user, None where it is not theirs."""
        row = self._connection.execute(
            "SELECT id, name, inputs, created FROM dify_conversations"
            " WHERE app = ? AND end_user = ? AND id = ?",
            (user.app, user.id, identifier),
        ).fetchone()
        return None if row is None else _to_conversation(row)

    def rename(self, conversation: str, name: str) -> None:
        """Give a conversation a name."""
        self._connection.execute(
            "UPDATE dify_conversations SET name = ? WHERE id = ?", (name, conversation)
        )

    def delete_conversation(self, conversation: str) -> None:
        """Forget a conversation and its messages."""
        self._connection.execute("DELETE FROM dify_conversations WHERE id = ?", (conversation,))
        self._connection.execute(
            "DELETE FROM dify_messages WHERE conversation = ?", (conversation,)
        )

    def add_message(self, conversation: str, query: str) -> Message:
        """Keep a question; its answer is empty until it is known."""
        added = Message(str(uuid.uuid4()), conversation, query, "", "normal", int(time.time()))
        self._connection.execute(
            "INSERT INTO dify_messages (id, conversation, query, answer, status, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (added.id, conversation, query, added.answer, added.status, added.created),
        )
        return added

    def finish_message(self, identifier: str, answer: str, status: MessageStatus) -> None:
        """Keep what was answered."""
        self._connection.execute(
            "UPDATE dify_messages SET answer = ?, status = ? WHERE id = ?",
            (answer, status, identifier),
        )

    def messages(self, conversation: str) -> list[Message]:
        """Return the turns of a conversation, the oldest first."""
        rows = self._connection.execute(
            "SELECT id, conversation, query, answer, status, created FROM dify_messages"
            " WHERE conversation = ? ORDER BY seq",
            (conversation,),
        ).fetchall()
        return [Message(*row) for row in rows]


def _to_conversation(row: tuple[str, str, str, int]) -> Conversation:
    identifier, name, inputs, created = row
    return Conversation(identifier, name, json.loads(inputs), created)
