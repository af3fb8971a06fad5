"""The journal: everything that an account's key sent to the service, refused requests too."""

import json
import time
from dataclasses import dataclass

from starlette.requests import Request

from fakes.openai.json_types import JsonObject
from fakes.openai.wire import Reply

_SECRET_HEADERS = ("authorization", "api-key")
_REMOVED = "[removed]"


@dataclass(slots=True)
class JournalEntry:
    """One request as it arrived, and what became of it."""

    sent: JsonObject
    reply: Reply | None = None

    def to_json(self) -> JsonObject:
        """Return the entry for the control plane."""
        reply = self.reply
        return self.sent | {
            "status": reply.status if reply and reply.has_head else None,
            "outcome": reply.outcome if reply else "pending",
        }


def journal_entry(request: Request, body: bytes) -> JournalEntry:
    """Write one request down, without the values of its keys."""
    headers = dict(request.headers) | {
        name: _REMOVED for name in _SECRET_HEADERS if name in request.headers
    }
    return JournalEntry(
        {
            "method": request.method,
            "path": request.url.path,
            "query": dict(request.query_params),
            "headers": headers,
            "body": _readable(body),
            "at": time.time(),
        }
    )


def _readable(body: bytes) -> object:
    """Return the parsed JSON where it is JSON, the text otherwise, None where there is none."""
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", errors="replace")
