r"""Usage lines in the log of Dify's plugin daemon, as text or JSON, whatever else wrapped them.

What the daemon writes (its pkg/utils/log/handler.go, and logs of a running one): as text
`… INFO dify-plugin-daemon logger.go:61 plugin instance log instance=… message="usage {\"v\":1…}"
plugin=…`, attributes in any order, quoted as Go's `strconv.Quote` does; as JSON an object whose
`attributes.message` is the message. `docker compose logs` puts the service's name before a line,
Docker's json-file driver the line into `log`. What `sed` and `grep` cut out of it is read too.
"""

import json
import re
from collections.abc import Iterator

from pydantic import JsonValue

from tools.usage.calls import Call, NoCall, call_of_line

# What every usage line has in every format; all others are left alone.
_MARK = b"usage {"
_BEGUN = re.compile(rb'usage \{\\*"v\\*":')
_RECORD = b" plugin instance log "
_MESSAGE = re.compile(rb' message="usage (?=\{)')
_QUOTED = re.compile(rb'([^"\\]*(?:\\.[^"\\]*)*)"')
_BARE = re.compile(rb"(?:[\w.\-]+ +\| )?usage (?=\{)")
# Go's escapes, of which JSON does not have all.
_GO_CONTROLS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_GO_ESCAPE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))", re.DOTALL)
_CUT = "it is cut or not JSON"


def calls_in(line: bytes) -> Iterator[Call | NoCall]:
    """Yield the calls that a line of the log tells of, and why one in it cannot be read.

    A line whose end was never written can have the next one on the same line.
    """
    if _MARK not in line:
        return
    record = line.find(_RECORD)
    messages = list(_MESSAGE.finditer(line, record)) if record >= 0 else []
    for message in messages:
        quoted = _QUOTED.match(line, message.end())
        yield _read(_unquoted(quoted[1])) if quoted else NoCall(_CUT)
    if messages:
        return
    if bare := _BARE.match(line):
        yield _read(line[bare.end() :])
        return
    yield from _calls_in_json(line)


def _calls_in_json(line: bytes) -> Iterator[Call | NoCall]:
    record = line[line.find(b"{") :]
    try:
        wrapped = json.loads(record)
    except ValueError:
        # Others write "usage {" as well, or quote a line of ours.
        if record.startswith(b'{"') and _BEGUN.search(record):
            yield NoCall(_CUT)
        return
    if not isinstance(wrapped, dict):
        return
    if isinstance(inner := wrapped.get("log"), str):
        yield from calls_in(inner.rstrip("\n").encode())
        return
    attributes = wrapped.get("attributes")
    message: JsonValue = (attributes if isinstance(attributes, dict) else wrapped).get("message")
    if isinstance(message, str) and message.startswith("usage {"):
        yield _read(message.removeprefix("usage ").encode())


def _read(payload: bytes) -> Call | NoCall:
    try:
        return call_of_line(payload)
    except NoCall as fault:
        return fault


def _unquoted(quoted: bytes) -> bytes:
    """Return what Go quoted."""
    try:
        text = json.loads(b'"' + quoted + b'"')
    except ValueError:
        text = _GO_ESCAPE.sub(_meant, quoted.decode(errors="replace"))
    return str(text).encode(errors="replace")


def _meant(escape: re.Match[str]) -> str:
    byte, short, long, control = escape.groups()
    if control:
        return _GO_CONTROLS.get(control, control)
    return chr(int(byte or short or long, 16))
