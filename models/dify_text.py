"""What no text that leaves for Dify may hold."""

import re

from pydantic import JsonValue

# PostgreSQL, where Dify keeps messages, takes no U+0000. At U+0085 Dify's reader of the daemon's
# answers ends a line, in the middle of a chunk's JSON (Python's `str.splitlines`; the other
# separators it knows, U+2028 and U+2029, arrive escaped: the daemon's JSON writer does that).
_NUL, _NEXT_LINE = "\x00", "\x85"
_LEFT_OUT = dict.fromkeys(map(ord, (_NUL, _NEXT_LINE)))
# The same two as JSON text writes them; an even number of backslashes before is none's escape.
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\u00(?:00|85)")


def for_dify(text: str) -> str:
    """Return a text without the characters on which Dify breaks."""
    if _NUL in text or _NEXT_LINE in text:
        return text.translate(_LEFT_OUT)
    return text


def json_text_for_dify(text: str) -> str:
    """Return a text that Dify parses as JSON, without these characters and their escapes."""
    text = for_dify(text)
    return _ESCAPED.sub(r"\1", text) if "\\u00" in text else text


def json_for_dify(value: JsonValue) -> JsonValue:
    """Return a JSON value without these characters in any of its texts."""
    match value:
        case str():
            return for_dify(value)
        case list():
            return [json_for_dify(entry) for entry in value]
        case dict():
            return {for_dify(key): json_for_dify(entry) for key, entry in value.items()}
        case _:
            return value
