"""The chunks of a Chat Completions stream -> neutral events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from models.failures.failure import connection_failure
from models.failures.reading import from_error_body
from models.llm.chat.reply import Message, Usage, not_understood
from models.llm.chat.tool_calls import CallCollector
from models.llm.reply import Content, Reply, ReplyEvent, ReplyFinished, finish_with_calls
from models.service.streaming import event_data

_END = b"[DONE]"


class _Choice(BaseModel):
    index: int = 0
    delta: Message | None = None
    finish_reason: str | None = None


class _Chunk(BaseModel):
    id: str | None = None
    model: str | None = None
    choices: list[_Choice] | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    error: object = None


@dataclass(slots=True)
class _Answer:
    """What the chunks have told so far. Azure's first has no choices, and an empty id and model."""

    id: str | None = None
    model: str = ""
    content: list[Content] = field(default_factory=list)
    calls: CallCollector = field(default_factory=CallCollector)
    finish_reason: str | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None

    def add(self, chunk: _Chunk) -> Sequence[Content]:
        """Take a chunk in and return what it adds to the first choice, often nothing."""
        self.id = chunk.id or self.id
        self.model = chunk.model or self.model
        self.usage = chunk.usage or self.usage
        self.service_tier = chunk.service_tier or self.service_tier
        self.system_fingerprint = chunk.system_fingerprint or self.system_fingerprint
        added: list[Content] = []
        for choice in chunk.choices or ():
            if choice.index != 0:
                continue
            self.finish_reason = choice.finish_reason or self.finish_reason
            if choice.delta is not None:
                for part in choice.delta.call_parts():
                    self.calls.add(part)
                added += choice.delta.to_content()
        self.content += added
        return added

    def to_reply(self, reason: str) -> Reply:
        finish_reason, tool_calls = finish_with_calls(reason, self.calls.to_calls())
        return Reply(
            id=self.id,
            model=self.model,
            content=tuple(self.content),
            finish_reason=finish_reason,
            usage=self.usage.to_token_usage() if self.usage else None,
            tool_calls=tool_calls,
            service_tier=self.service_tier,
            system_fingerprint=self.system_fingerprint,
        )


def to_events(content: Iterator[bytes]) -> Iterator[ReplyEvent]:
    """Yield the events of a stream; the usage comes after the finish reason, so both are awaited.

    Raises ServiceError for an error frame, for data that is no chunk, and for a stream that
    ends before any finish reason.
    """
    answer = _Answer()
    for data in event_data(content):
        if data == _END:
            break
        yield from answer.add(_to_chunk(data))
    if answer.finish_reason is None:
        raise connection_failure("the stream ended before the answer did", begun=True)
    yield ReplyFinished(answer.to_reply(answer.finish_reason))


def _to_chunk(data: bytes) -> _Chunk:
    try:
        chunk = _Chunk.model_validate_json(data)
    except ValidationError:
        raise not_understood() from None
    if chunk.error is not None:
        raise from_error_body(chunk.error)
    return chunk
