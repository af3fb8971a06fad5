"""The journal: everything that an account's key sent to the service, refused requests too."""

import json
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request

from fakes.openai.json_types import JsonObject

_SECRET_HEADERS = frozenset({"authorization", "api-key"})
_MOST_ENTRIES = 10_000
_REMOVED = "[removed]"


class SentReply(Protocol):
    """What the journal tells of an answer: `has_head` is whether a status is ever sent."""

    @property
    def status(self) -> int: ...
    @property
    def has_head(self) -> bool: ...
    @property
    def outcome(self) -> str: ...


@dataclass(slots=True)
class JournalEntry:
    """One request as it arrived, and what became of it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: object
    at: float
    reply: SentReply | None = None

    def to_json(self) -> JsonObject:
        """Return the entry for the control plane."""
        sent = ("method", "path", "query", "headers", "body", "at")
        return {name: getattr(self, name) for name in sent} | {
            "status": self.reply.status if self.reply and self.reply.has_head else None,
            "outcome": self.reply.outcome if self.reply else "pending",
        }


@dataclass(slots=True)
class Journal:
    """The last entries of one account, in the order of arrival."""

    entries: deque[JournalEntry] = field(default_factory=lambda: deque(maxlen=_MOST_ENTRIES))

    def record(self, request: Request, body: bytes) -> JournalEntry:
        """Write one request down, without the values of its keys."""
        headers = {
            name: _REMOVED if name in _SECRET_HEADERS else value
            for name, value in request.headers.items()
        }
        entry = JournalEntry(
            method=request.method,
            path=request.url.path,
            query=dict(request.query_params),
            headers=headers,
            body=_readable(body),
            at=time.time(),
        )
        self.entries.append(entry)
        return entry


def _readable(body: bytes) -> object:
    """Return the parsed JSON where it is JSON, the text otherwise, None where there is none."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")
