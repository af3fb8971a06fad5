"""The chunks of a Chat Completions stream -> neutral events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ValidationError

from models.failures.failure import answer_ended_early
from models.failures.reading import from_error_body
from models.llm.chat.reply import Message, Usage, not_understood
from models.llm.chat.tool_calls import CallCollector
from models.llm.odd_fields import OR_NONE, Count, Listed, Text
from models.llm.reply import Content, Reply, ReplyEvent, ReplyFinished, finish_with_calls
from models.service.streaming import event_data
from models.usage import TokenUsage

_END = b"[DONE]"


class _Choice(BaseModel):
    """A choice's next piece. `message` is a whole one, in an answer that is no stream at all or
    once more at the end of one."""

    index: Count = None
    delta: Message | None = None
    message: Message | None = None
    finish_reason: Text = None


class _Chunk(BaseModel):
    id: Text = None
    model: Text = None
    choices: Listed[_Choice] | None = None
    usage: Annotated[Usage | None, OR_NONE] = None
    service_tier: Text = None
    system_fingerprint: Text = None
    error: object = None


@dataclass(slots=True)
class _Answer:
    """What the chunks have told so far. Azure's first has no choices, and an empty id and model."""

    id: str | None = None
    model: str = ""
    content: list[Content] = field(default_factory=list)
    calls: CallCollector = field(default_factory=CallCollector)
    begun: bool = False
    finish_reason: str | None = None
    usage: TokenUsage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None

    def add(self, chunk: _Chunk) -> Sequence[Content]:
        """Take a chunk in and return what it adds to the first choice, often nothing."""
        self.id = chunk.id or self.id
        self.model = chunk.model or self.model
        if chunk.usage is not None:
            self.usage = chunk.usage.to_token_usage() or self.usage
        self.service_tier = chunk.service_tier or self.service_tier
        self.system_fingerprint = chunk.system_fingerprint or self.system_fingerprint
        added: list[Content] = []
        for choice in chunk.choices or ():
            if choice.index:
                continue
            self.finish_reason = choice.finish_reason or self.finish_reason
            message = choice.delta or (None if self.begun else choice.message)
            if message is not None:
                self.begun = True
                for part in message.call_parts():
                    self.calls.add(part)
                added += message.to_content()
        self.content += added
        return added

    def to_reply(self, reason: str) -> Reply:
        finish_reason, tool_calls = finish_with_calls(reason, self.calls.to_calls())
        return Reply(
            id=self.id,
            model=self.model,
            content=tuple(self.content),
            finish_reason=finish_reason,
            usage=self.usage,
            tool_calls=tool_calls,
            service_tier=self.service_tier,
            system_fingerprint=self.system_fingerprint,
        )


def to_events(content: Iterator[bytes]) -> Iterator[ReplyEvent]:
    """Yield the events of a stream; the usage comes after the finish reason, so both are awaited.

    `[DONE]` ends an answer too whose server gives no finish reason (alfredapp/openai-workflow#52).

    Raises ServiceError for an error frame, for data that is no chunk, and for a stream that
    ends with neither.
    """
    answer = _Answer()
    done = False
    for data in event_data(content):
        if data.startswith(_END):
            done = answer.begun
            break
        yield from answer.add(_to_chunk(data))
    reason = answer.finish_reason or ("stop" if done else None)
    if reason is None:
        raise answer_ended_early()
    yield ReplyFinished(answer.to_reply(reason))


def _to_chunk(data: bytes) -> _Chunk:
    try:
        chunk = _Chunk.model_validate_json(data)
    except ValidationError as fault:
        raise not_understood(fault) from None
    if chunk.error:  # an empty one is none (BerriAI/litellm#32237)
        raise from_error_body(chunk.error)
    return chunk
