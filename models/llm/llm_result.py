"""The neutral events of an answer -> what Dify reads: result chunks."""

from collections.abc import Callable, Generator
from contextlib import closing

from dify_plugin.entities.model.llm import LLMResultChunk, LLMResultChunkDelta, LLMUsage
from dify_plugin.entities.model.message import AssistantPromptMessage
from dify_plugin.errors.model import InvokeError

from models.llm.reply import (
    Citation,
    ReasoningDelta,
    Reply,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ToolCall,
)
from models.usage_line import TokenUsage

type Price = Callable[[TokenUsage], LLMUsage]

_THINK = "<think>\n"
_THOUGHT = "\n</think>\n"


def to_chunks(
    events: Generator[ReplyEvent], *, model: str, price: Price, whole: bool
) -> Generator[LLMResultChunk]:
    """Yield a chunk for each piece of text and a last one with calls, usage and finish reason.

    `whole` puts everything into that last one, for a caller who did not ask for a stream. `model`
    is the name in Dify: the daemon refuses an empty one, and Azure's first chunks have none.
    """
    text = _Text()
    pieces: list[str] = []
    # Closed here and now: the garbage collector may come late to a stream that nobody reads.
    with closing(events):
        try:
            for event in events:
                if isinstance(event, ReplyFinished):
                    rest = text.end(event.reply.citations)
                    yield _last_chunk(model, "".join([*pieces, rest]), event.reply, price)
                elif whole:
                    pieces.append(text.add(event))
                else:
                    yield _chunk(model, text.add(event))
        except InvokeError:
            if text.thinking and not whole:
                yield _chunk(model, _THOUGHT)
            raise


class _Text:
    """The text that Dify shows: the answer, with reasoning between think tags."""

    def __init__(self) -> None:
        self.thinking = False

    def add(self, event: TextDelta | ReasoningDelta) -> str:
        """Return an event's text, with a tag where reasoning begins or ends."""
        match event:
            case TextDelta(text):
                return self._close() + text
            case ReasoningDelta(text):
                tag = "" if self.thinking else _THINK
                self.thinking = True
                return tag + text

    def end(self, citations: tuple[Citation, ...]) -> str:
        """Return what is left to say: the end of an open tag, the pages that were cited."""
        if not citations:
            return self._close()
        pages = [f"{n}. [{page.title}]({page.url})" for n, page in enumerate(citations, start=1)]
        return f"{self._close()}\n\nSources:\n" + "\n".join(pages)

    def _close(self) -> str:
        tag = _THOUGHT if self.thinking else ""
        self.thinking = False
        return tag


def _chunk(model: str, text: str) -> LLMResultChunk:
    # The list is given because its default is copied for every chunk.
    message = AssistantPromptMessage(content=text, tool_calls=[])
    return LLMResultChunk(model=model, delta=LLMResultChunkDelta(index=0, message=message))


def _last_chunk(model: str, text: str, reply: Reply, price: Price) -> LLMResultChunk:
    delta = LLMResultChunkDelta(
        index=0,
        message=AssistantPromptMessage(
            # Never null: the daemon ends a session whose content is.
            content=text,
            # All of them here, each complete: consumers differ in how they merge pieces.
            tool_calls=[_to_tool_call(call) for call in reply.tool_calls],
            opaque_body=reply.opaque_body,
        ),
        usage=price(reply.usage) if reply.usage else None,
        finish_reason=reply.finish_reason,
    )
    return LLMResultChunk(model=model, system_fingerprint=reply.system_fingerprint, delta=delta)


def _to_tool_call(call: ToolCall) -> AssistantPromptMessage.ToolCall:
    function = AssistantPromptMessage.ToolCall.ToolCallFunction(
        name=call.name, arguments=call.arguments
    )
    return AssistantPromptMessage.ToolCall(id=call.id, type="function", function=function)
