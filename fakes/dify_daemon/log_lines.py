"""Lines of the daemon's own log, of what a plugin logged: as text, its default, or as JSON.

By dify-plugin-daemon 0.6.10: internal/core/control_panel/logger.go names the record and its
attributes, pkg/utils/log/handler.go writes them. As text they come in any order, because Go walks
a map so, and a value with a space or a quote is quoted as `strconv.Quote` does.
"""

import json
from datetime import UTC, datetime

from fakes.dify_daemon.events import LogRecord

_SERVICE = "dify-plugin-daemon"
_CALLER = "logger.go:61"
_RECORD = "plugin instance log"
_INSTANCE = "01a21efb"
_PLUGIN = "app-attribution/openai:1.0.0@b8210436"
_SEVERITIES = {"WARNING": "WARN", "CRITICAL": "ERROR", "FATAL": "ERROR"}
_QUOTED_FOR = frozenset(' \t\n"')
_ESCAPES = {
    '"': '\\"',
    "\\": "\\\\",
    **dict(zip("\a\b\f\n\r\t\v", (f"\\{letter}" for letter in "abfnrtv"), strict=True)),
}
_BYTE, _SHORT = 0x80, 0x10000


def text_line(record: LogRecord, *, message_first: bool = False) -> str:
    """Return the line of a daemon that writes text, without its end."""
    attributes = _attributes(record).items()
    ordered = (
        sorted(attributes, key=lambda each: each[0] != "message") if message_first else attributes
    )
    head = (_time(record), _severity(record), _SERVICE, _CALLER, _RECORD)
    return " ".join((*head, *(f"{name}={_value(value)}" for name, value in ordered)))


def json_line(record: LogRecord) -> str:
    """Return the line of a daemon with `LOG_OUTPUT_FORMAT=json`, without its end."""
    fields = {
        "attributes": _attributes(record),
        "caller": _CALLER,
        "message": _RECORD,
        "service": _SERVICE,
        "severity": _severity(record),
        "ts": _time(record),
    }
    return json.dumps(fields, separators=(",", ":"))


def _attributes(record: LogRecord) -> dict[str, str]:
    return {"plugin": _PLUGIN, "instance": _INSTANCE, "message": record.message}


def _severity(record: LogRecord) -> str:
    return _SEVERITIES.get(record.level, record.level)


def _time(record: LogRecord) -> str:
    return datetime.fromtimestamp(record.timestamp, UTC).isoformat().replace("+00:00", "Z")


def _value(text: str) -> str:
    return f'"{"".join(map(_quoted, text))}"' if _QUOTED_FOR & {*text} else text


def _quoted(character: str) -> str:
    if escape := _ESCAPES.get(character):
        return escape
    if character.isprintable():
        return character
    code = ord(character)
    if code < _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _SHORT else f"\\U{code:08x}"
