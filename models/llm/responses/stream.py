"""The events of a Responses stream -> neutral events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated

from pydantic import BaseModel, JsonValue, ValidationError

from models.failures.failure import answer_ended_early
from models.failures.reading import from_error_body
from models.llm.joined_text import joined
from models.llm.odd_fields import OR_NONE, Text
from models.llm.reply import (
    Content,
    ReasoningDelta,
    Reply,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
)
from models.llm.responses.reply import COMMENTARY, PARAGRAPH, ResponseBody, not_understood
from models.service.streaming import event_data

_TEXT_DELTAS = frozenset({"response.output_text.delta", "response.refusal.delta"})
# The second is what open models think, word for word (openai/openai-agents-python#1586).
_REASONING_DELTAS = frozenset(
    {"response.reasoning_summary_text.delta", "response.reasoning_text.delta"}
)
_TEXT_ENDS = "response.output_text.done"
_ITEM_BEGINS, _ITEM_ENDS = "response.output_item.added", "response.output_item.done"
_PART_BEGINS = "_part.added"
_STATUS_BY_TERMINAL = {
    f"response.{status}": status for status in ("completed", "incomplete", "failed", "cancelled")
}
# What a translated stream may end with, as those of Chat Completions do.
_END = b"[DONE]"


class _Event(BaseModel):
    type: Text = None
    delta: Text = None
    output_index: object = None
    error: object = None


class _ItemEvent(BaseModel):
    item: Annotated[dict[str, JsonValue] | None, OR_NONE] = None


class _TextEvent(BaseModel):
    text: Text = None


class _TerminalEvent(BaseModel):
    response: ResponseBody | None = None


class _ErrorEvent(BaseModel):
    """`error`: the details are nested on the wire, flat in the published schema."""

    error: object = None
    code: Text = None
    message: Text = None
    param: Text = None


@dataclass(slots=True)
class _Answer:
    """What the events have told before the end: content as it was yielded, and whole items.

    A text belongs to another message than the one before where an item began between them or the
    index differs. Ids say nothing: some servers change them with every event
    (BerriAI/litellm#30071).
    """

    content: list[Content] = field(default_factory=list)
    items: list[dict[str, JsonValue]] = field(default_factory=list)
    ended: bool = False
    _index: object = None
    _message_begins: bool = False
    _text_begins: bool = True
    _thought_begins: bool = False
    _aside: bool = False

    def read(self, events: Iterable[bytes]) -> Iterator[ReplyEvent]:
        """Take in the data of events, as far as the answer goes, and yield what they tell."""
        for data in events:
            if data.startswith(_END):
                if not self.items:
                    raise answer_ended_early()
                yield from self._end(ResponseBody(), "completed")
                return
            event = _parse(_Event, data)
            if status := _STATUS_BY_TERMINAL.get(event.type or ""):
                yield from self._end_with(data, status)
                return
            if event.type == "error" or event.error:  # an empty one is none (BerriAI/litellm#32237)
                details = _parse(_ErrorEvent, data)
                raise from_error_body(details.error or details.model_dump())
            yield from self._add(event, data)

    def _add(self, event: _Event, data: bytes) -> Sequence[Content]:
        """Take an event in and return what it adds to the answer, often nothing."""
        kind = event.type or ""
        if kind in _TEXT_DELTAS:
            return self._text(event.delta, event.output_index) if event.delta else ()
        if kind in _REASONING_DELTAS:
            return self._thought(event.delta) if event.delta else ()
        if kind == _ITEM_BEGINS:
            self._begin_item(_parse(_ItemEvent, data).item or {})
        elif kind == _ITEM_ENDS:
            if item := _parse(_ItemEvent, data).item:
                self.items.append(item)
        elif kind.endswith(_PART_BEGINS):
            self._thought_begins = self._text_begins = True
        elif kind == _TEXT_ENDS and self._text_begins:
            # Some servers send it without any delta before (BerriAI/litellm#32718).
            text = _parse(_TextEvent, data).text
            return self._text(text, event.output_index) if text else ()
        return ()

    def _begin_item(self, item: Mapping[str, JsonValue]) -> None:
        self._thought_begins = self._text_begins = True
        if item.get("type") == "message":
            self._message_begins = True
            self._aside = item.get("phase") == COMMENTARY

    def _text(self, delta: str, index: object) -> Sequence[Content]:
        begins = self._message_begins or index != self._index
        self._message_begins, self._text_begins, self._index = False, False, index
        added: list[Content] = [TextDelta(delta, self._aside)]
        if begins and self._last_is(TextDelta):
            added.insert(0, TextDelta(PARAGRAPH, aside=True))
        self.content += added
        return added

    def _thought(self, delta: str) -> Sequence[Content]:
        begins, self._thought_begins = self._thought_begins, False
        paragraph = PARAGRAPH if begins and self._last_is(ReasoningDelta) else ""
        added = [ReasoningDelta(paragraph + delta)]
        self.content += added
        return added

    def _end_with(self, data: bytes, status: str) -> Iterator[ReplyEvent]:
        try:
            yield from self._end(_parse(_TerminalEvent, data).response or ResponseBody(), status)
        except ValidationError:
            raise not_understood() from None

    def _end(self, response: ResponseBody, status: str) -> Iterator[ReplyEvent]:
        """Yield the end, and before it what came with the end alone, as filtered texts do.

        The items of events stand in for those that the response should have and has not
        (open-webui/open-webui#27800).
        """
        self.ended = True
        if not response.output:
            response.output = self.items
        reply = response.to_reply(status)
        if not self.content:
            yield from reply.content
        elif not any(isinstance(piece, TextDelta) for piece in self.content):
            yield from (piece for piece in reply.content if isinstance(piece, TextDelta))
        yield ReplyFinished(self._with_content(reply))

    def _with_content(self, reply: Reply) -> Reply:
        return reply if reply.content else replace(reply, content=tuple(self.content))

    def _last_is(self, kind: type[Content]) -> bool:
        return bool(self.content) and isinstance(self.content[-1], kind)


def to_events(content: Iterator[bytes]) -> Iterator[ReplyEvent]:
    """Yield the events of a stream. The last one carries the whole response and decides the end.

    Raises ServiceError for an error event, a failed or cancelled response, data that is no
    event, and a stream that ends without its terminal event; `[DONE]` is one where items ended.
    """
    answer = _Answer()
    for arrived in event_data(content):
        yield from joined(answer.read(arrived))
        if answer.ended:
            return
    raise answer_ended_early()


def _parse[Model: BaseModel](model: type[Model], data: bytes) -> Model:
    try:
        return model.model_validate_json(data)
    except ValidationError:
        raise not_understood() from None
