"""Every line that leaves the process stays below what the daemon reads, whatever it is to say.

The daemon kills a plugin with all its sessions for one line over 5 MiB, on stdout and on stderr
(dify-plugin-daemon: PLUGIN_RUNTIME_MAX_BUFFER_SIZE). Answers, errors and heartbeats of every
session pass the SDK's `ResponseWriter.put`, log records its handler: both are bounded there. Longer
texts are split before, by whoever makes them.
"""

import logging
import sys
from copy import copy
from io import TextIOWrapper
from itertools import islice
from typing import Any, override

from dify_plugin.config.logger_format import plugin_logger_handler
from dify_plugin.core.entities.message import SessionMessage
from dify_plugin.core.server.__base.response_writer import ResponseWriter
from dify_plugin.core.server.__base.writer_entities import Event
from pydantic import BaseModel
from pydantic_core import to_json

from models.failures.failure import bad_request
from models.failures.words import shortened
from models.turns import give_way

MOST_LINE_BYTES = 5_000_000
# Three million bytes where the handler writes each as a pair of escapes; usage lines, which have to
# stay whole, are far below.
_MOST_LOG_CHARACTERS = 250_000
_MOST_ENTRIES = 20


def bound_output() -> None:
    """Bound all that the process writes from now on."""
    ResponseWriter.put = put  # type: ignore[assignment] # the same parameters
    plugin_logger_handler.addFilter(_with_short_message)
    sys.stderr = _ShortLines(
        sys.stderr.buffer, sys.stderr.encoding, sys.stderr.errors, line_buffering=True
    )


def put(
    writer: ResponseWriter,
    event: Event,
    session_id: str | None = None,
    data: dict[str, Any] | BaseModel | None = None,
) -> None:
    """Write a message as one line, in one piece; then let other sessions run.

    A result that is too long is refused with InvokeBadRequestError, of which the SDK then tells the
    session; of anything else, such as an error, the texts are shortened.
    """
    line = _line(event, session_id, data)
    if len(line) >= MOST_LINE_BYTES:
        if isinstance(data, SessionMessage) and data.type is not SessionMessage.Type.ERROR:
            raise bad_request(
                f"The answer has {len(line.decode()) / 1e6:.1f} million characters in one piece, "
                "more than Dify can take; ask for a shorter answer, or for one that is streamed"
            )
        line = _line(event, session_id, _shortened_in(_dumped(data)))
    writer.write(f"{line.decode()}\n\n")
    give_way()


def _line(event: Event, session_id: str | None, data: Any) -> bytes:
    """Return what the SDK's `StreamOutputMessage` makes of it, without its copies on the way."""
    message = {"event": event, "session_id": session_id, "data": data}
    return to_json(message, inf_nan_mode="null")


def _dumped(data: Any) -> Any:
    return data.model_dump() if isinstance(data, BaseModel) else data


def _shortened_in(value: Any) -> Any:
    match value:
        case str():
            return shortened(value)
        case list():
            return [_shortened_in(entry) for entry in value[:_MOST_ENTRIES]]
        case dict():
            entries = islice(value.items(), _MOST_ENTRIES)
            return {shortened(str(name)): _shortened_in(entry) for name, entry in entries}
        case _:
            return value


def _with_short_message(record: logging.LogRecord) -> logging.LogRecord:
    message = record.getMessage()
    if len(message) <= _MOST_LOG_CHARACTERS:
        return record
    short = copy(record)
    short.msg, short.args = shortened(message), None
    return short


class _ShortLines(TextIOWrapper):
    """A text stream of which no write has a long line."""

    @override
    def write(self, text: str, /) -> int:
        if len(text) > _MOST_LOG_CHARACTERS:
            text = "".join(map(shortened, text.splitlines(keepends=True)))
        return super().write(text)
