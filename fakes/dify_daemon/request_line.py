"""A request as the daemon writes it to a plugin: one line, the same over stdin and over TCP."""

import json
from dataclasses import dataclass

from fakes.dify_daemon.events import JsonObject


@dataclass(frozen=True, slots=True)
class Caller:
    """What the daemon says about who asks; Dify fills in the app for language models alone."""

    app_id: str | None = None
    conversation_id: str | None = None
    message_id: str | None = None


def request_line(session_id: str, request: JsonObject, caller: Caller) -> bytes:
    """Return the line that opens a session with a request of `fakes.dify_daemon.requests`."""
    message = {
        "session_id": session_id,
        "conversation_id": caller.conversation_id,
        "message_id": caller.message_id,
        "app_id": caller.app_id,
        "endpoint_id": None,
        "context": None,
        "event": "request",
        "data": request,
    }
    # Like the daemon: non-ASCII text as it is.
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
