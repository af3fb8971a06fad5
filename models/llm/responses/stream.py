"""The events of a Responses stream -> neutral events."""

from collections.abc import Iterator

from pydantic import BaseModel, ValidationError

from models.failures.failure import connection_failure
from models.failures.reading import from_error_body
from models.llm.reply import ReasoningDelta, ReplyEvent, ReplyFinished, TextDelta
from models.llm.responses.reply import PART_SEPARATOR, ResponseBody, not_understood
from models.service.streaming import event_data

_TEXT_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
_REASONING_DELTA = "response.reasoning_summary_text.delta"
_REASONING_PART = "response.reasoning_summary_part.added"
_TERMINAL = frozenset(
    {"response.completed", "response.incomplete", "response.failed", "response.cancelled"}
)


class _Event(BaseModel):
    type: str = ""
    delta: object = None
    error: object = None


class _TerminalEvent(BaseModel):
    response: ResponseBody


class _ErrorEvent(BaseModel):
    """`error`: the details are nested on the wire, flat in the published schema."""

    error: object = None
    code: str | int | None = None
    message: str | None = None
    param: str | None = None


def to_events(content: Iterator[bytes]) -> Iterator[ReplyEvent]:
    """Yield the events of a stream. The last one carries the whole response and decides the end.

    Raises ServiceError for an error event, a failed or cancelled response, data that is no
    event, and a stream that ends without its terminal event.
    """
    streamed = reasoned = False
    separator = ""
    for data in event_data(content):
        event = _parse(_Event, data)
        if event.type in _TEXT_DELTAS:
            if isinstance(event.delta, str) and event.delta:
                streamed, reasoned, separator = True, False, ""
                yield TextDelta(event.delta)
        elif event.type == _REASONING_DELTA:
            if isinstance(event.delta, str) and event.delta:
                reasoned = True
                yield ReasoningDelta(separator + event.delta)
                separator = ""
        elif event.type == _REASONING_PART:
            separator = PART_SEPARATOR if reasoned else ""
        elif event.type in _TERMINAL:
            yield from _ending(data, streamed=streamed)
            return
        elif event.type == "error" or event.error is not None:
            details = _parse(_ErrorEvent, data)
            raise from_error_body(details.error or details.model_dump())
    raise connection_failure("the stream ended before the answer did", begun=True)


def _ending(data: bytes, *, streamed: bool) -> Iterator[ReplyEvent]:
    """Yield the end, and before it a text that came with the end alone, as filtered ones do."""
    try:
        reply = _parse(_TerminalEvent, data).response.to_reply()
    except ValidationError:
        raise not_understood() from None
    if not streamed:
        yield from (piece for piece in reply.content if isinstance(piece, TextDelta))
    yield ReplyFinished(reply)


def _parse[Model: BaseModel](model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError:
        raise not_understood() from None
