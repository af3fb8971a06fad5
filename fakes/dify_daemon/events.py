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
class Heartbeat:
    """The plugin says that it is alive."""


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


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """An error that belongs to no session, such as a request line the plugin cannot read."""

    data: JsonValue


@dataclass(frozen=True, slots=True)
class NoEvent:
    """Any other line; the SDK's first is an object, its configuration, and none should follow."""

    text: str
    document: JsonObject | None = None


type Event = Heartbeat | LogRecord | SessionMessage | ErrorReport | NoEvent


def parse_event(line: bytes) -> Event:
    """Parse one line of stdout.

    Raises:
        ProtocolViolation: a known event whose fields are missing or of the wrong type.
    """
    text = line.decode("utf-8", errors="replace")  # as Go's decoder does
    try:
        document: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return NoEvent(text)
    return _to_event(document) if isinstance(document, dict) else NoEvent(text)


def _to_event(document: JsonObject) -> Event:
    match document:
        case {"event": "heartbeat"}:
            return Heartbeat()
        case {
            "event": "session",
            "session_id": str(session_id),
            "data": {"type": str(kind), "data": data},
        }:
            return SessionMessage(session_id, kind, data)
        case {
            "event": "log",
            "data": {
                "level": str(level),
                "message": str(message),
                "timestamp": int() | float() as at,
            },
        }:
            return LogRecord(level, message, float(at))
        case {"event": "error"}:
            return ErrorReport(document.get("data"))
        case {"event": "session"}:
            raise ProtocolViolation(
                "A `session` event lacks its `session_id`, `data.type` or `data.data`;"
                " write all three in every session event."
            )
        case {"event": "log"}:
            raise ProtocolViolation(
                "A `log` event lacks its `level`, `message` or `timestamp`;"
                " log through the SDK's plugin_logger_handler."
            )
        case _:
            return NoEvent(json.dumps(document, ensure_ascii=False), document)


def _refuse_constant(name: str) -> JsonValue:
    # Python reads NaN and Infinity, Go does not.
    raise ValueError(name)
