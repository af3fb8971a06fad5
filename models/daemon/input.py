"""What the daemon sends, a line of JSON for each request: bounded, and never repeated."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.__base.request_reader import RequestReader
from dify_plugin.core.server.__base.response_writer import ResponseWriter
from dify_plugin.errors.model import InvokeBadRequestError
from pydantic_core import from_json

# The daemon itself has no bound. What is longer could not be sent on: files are as long here as in
# the request to a service, of which `service/transport` takes as much.
_MOST_LINE_BYTES = 128 << 20
# Of a longer line, to answer its session: the id comes first.
_KEPT_BYTES = 64 << 10


def requests_in(
    pieces: Iterable[bytes], reader: RequestReader, writer: ResponseWriter
) -> Iterator[PluginInStream]:
    """Yield the requests in the bytes that come from the daemon.

    A line that is none is left out, and only its length is told: the SDK shows a part of it, which
    may be a key. The session of one that is too long gets a sentence.
    """
    for line in _lines(pieces):
        try:
            if line.is_too_long:
                _refuse(line, writer)
            else:
                yield _request(from_json(line.content), reader, writer)
        except (ValueError, LookupError, TypeError):
            said = f"a line of {line.length} bytes is no request and was left out"
            writer.error(data={"error": said})


@dataclass(slots=True)
class _Line:
    """A line as far as it has come; of one that is too long `content` is the beginning alone."""

    content: bytearray = field(default_factory=bytearray)
    length: int = 0

    @property
    def is_too_long(self) -> bool:
        return self.length > _MOST_LINE_BYTES

    def add(self, piece: bytes) -> None:
        self.length += len(piece)
        if not self.is_too_long:
            self.content += piece
        elif len(self.content) > _KEPT_BYTES:
            self.content = self.content[:_KEPT_BYTES]


def _lines(pieces: Iterable[bytes]) -> Iterator[_Line]:
    """Yield the complete lines that are not empty."""
    line = _Line()
    for piece in pieces:
        *ends, rest = piece.split(b"\n")
        for end in ends:
            line.add(end)
            if line.content and not line.content.isspace():
                yield line
            line = _Line()
        line.add(rest)


def _request(
    message: dict[str, Any], reader: RequestReader, writer: ResponseWriter
) -> PluginInStream:
    return PluginInStream(
        session_id=message["session_id"],
        conversation_id=message.get("conversation_id"),
        message_id=message.get("message_id"),
        app_id=message.get("app_id"),
        endpoint_id=message.get("endpoint_id"),
        event=PluginInStreamEvent.value_of(message["event"]),
        data=message["data"],
        context=message.get("context"),
        reader=reader,
        writer=writer,
    )


def _refuse(line: _Line, writer: ResponseWriter) -> None:
    """Answer the session of a line that is too long. Raises ValueError, LookupError without one."""
    begun = from_json(line.content.decode(errors="ignore"), allow_partial=True)
    session_id = begun["session_id"]
    if PluginInStreamEvent.value_of(begun["event"]) is not PluginInStreamEvent.Request:
        raise ValueError("an answer to a request of ours")
    said = (
        f"The request has {line.length / 1e6:.1f} million bytes, more than the plugin takes; "
        "shorten the conversation, or send smaller files"
    )
    error = {"error_type": InvokeBadRequestError.__name__, "message": said, "args": {}}
    writer.session_message(session_id, writer.stream_error_object(error))
    writer.session_message(session_id, writer.stream_end_object())
