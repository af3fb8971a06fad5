"""Lines of a plugin's stdout as typed events.

The daemon decodes each line in Go (dify-plugin-daemon: pkg/entities/plugin_entities/event.go): a
line that is not a JSON object with a known `event` is logged and otherwise ignored. It reads a
missing field of a `log` event as empty; here that is a violation.
"""

import json
from dataclasses import dataclass

from pydantic import JsonValue

from fakes.dify_daemon.errors import ProtocolViolation

type JsonObject = dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A line for the daemon's log; `timestamp` is in seconds since the epoch."""

    level: str
    message: str
    timestamp: float


@dataclass(frozen=True, slots=True)
class SessionMessage:
    """One message of one session; `kind` is stream, error, end or invoke."""

    session_id: str
    kind: str
    data: JsonValue


def parse_line(line: bytes) -> JsonObject | str:
    """Return the object that a line of stdout is, or the text of one that is none."""
    text = line.decode("utf-8", errors="replace")  # as Go's decoder does
    try:
        document: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text
    return document if isinstance(document, dict) else text


def parse_message(document: JsonObject) -> SessionMessage:
    """Parse a `session` event.

    Raises:
        ProtocolViolation: fields are missing or of the wrong type.
    """
    match document:
        case {"session_id": str(session_id), "data": {"type": str(kind), "data": data}}:
            return SessionMessage(session_id, kind, data)
    raise ProtocolViolation(
        "A `session` event lacks its `session_id`, `data.type` or `data.data`;"
        " write all three in every session event."
    )


def parse_log(document: JsonObject) -> LogRecord:
    """Parse a `log` event.

    Raises:
        ProtocolViolation: fields are missing or of the wrong type.
    """
    match document.get("data"):
        case {"level": str(level), "message": str(text), "timestamp": int() | float() as at}:
            return LogRecord(level, text, float(at))
    raise ProtocolViolation(
        "A `log` event lacks its `level`, `message` or `timestamp`;"
        " log through the SDK's plugin_logger_handler."
    )


def _refuse_constant(name: str) -> JsonValue:
    # Python reads NaN and Infinity, Go does not.
    raise ValueError(name)
