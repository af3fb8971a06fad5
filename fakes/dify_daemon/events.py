"""Lines of a plugin's stdout as typed events.

The daemon decodes each line in Go (pkg/entities/plugin_entities/event.go): a line that is not a
JSON object with a known `event` is logged and otherwise ignored.
"""

import json
from collections.abc import Callable
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
class OtherObject:
    """A JSON object without a known event, such as the SDK's configuration on the first line."""

    data: JsonObject


@dataclass(frozen=True, slots=True)
class NoiseLine:
    """A line that is no JSON object: harmless to the daemon, never meant to be there."""

    text: str


type Event = Heartbeat | LogRecord | SessionMessage | ErrorReport | OtherObject | NoiseLine


def parse_event(line: bytes) -> Event:
    """Parse one line of stdout.

    Raises:
        ProtocolViolation: a known event whose fields are missing or of the wrong type.
    """
    text = line.decode("utf-8", errors="replace")  # as Go's decoder does
    try:
        document: JsonValue = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return NoiseLine(text)
    if not isinstance(document, dict):
        return NoiseLine(text)
    name = document.get("event")
    parse = _PARSERS.get(name) if isinstance(name, str) else None
    return parse(document) if parse else OtherObject(document)


def _refuse_constant(name: str) -> JsonValue:
    # Python reads NaN and Infinity, Go does not.
    raise ValueError(name)


def _parse_heartbeat(_document: JsonObject) -> Event:
    return Heartbeat()


def _parse_session_message(document: JsonObject) -> Event:
    match document:
        case {"session_id": str(session_id), "data": {"type": str(kind), "data": data}}:
            return SessionMessage(session_id, kind, data)
    raise ProtocolViolation(
        "A `session` event lacks its `session_id`, `data.type` or `data.data`;"
        " write all three in every session event."
    )


def _parse_log_record(document: JsonObject) -> Event:
    match document.get("data"):
        case {"level": str(level), "message": str(message), "timestamp": int() | float() as at}:
            return LogRecord(level, message, float(at))
    raise ProtocolViolation(
        "A `log` event lacks its `level`, `message` or `timestamp`;"
        " log through the SDK's plugin_logger_handler."
    )


def _parse_error_report(document: JsonObject) -> Event:
    return ErrorReport(document.get("data"))


_PARSERS: dict[str, Callable[[JsonObject], Event]] = {
    "heartbeat": _parse_heartbeat,
    "session": _parse_session_message,
    "log": _parse_log_record,
    "error": _parse_error_report,
}
