"""The neutral events of an answer -> what Dify reads: result chunks."""

import re
from collections.abc import Callable, Generator
from contextlib import closing
from urllib.parse import quote

from dify_plugin.entities.model.llm import LLMResultChunk, LLMResultChunkDelta, LLMUsage
from dify_plugin.entities.model.message import AssistantPromptMessage
from dify_plugin.errors.model import InvokeError

from models.dify_text import for_dify, json_for_dify, json_text_for_dify
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

# Markdown takes these for the end of a link's title, or for something that goes on beyond it.
_ENDS_A_TITLE = re.compile(r"[\\\[\]<>`]")
_ENDS_AN_ADDRESS = re.compile(r"[\s\\()<>`\x00-\x1f]")

type Price = Callable[[TokenUsage], LLMUsage]

_THINK = "<think>\n"
# The blank line ends the block of HTML that Dify makes of the tags; without it the beginning of the
# answer is shown as it was written.
_THOUGHT = "\n</think>\n\n"
_PARAGRAPH = "\n\n"


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
                elif piece := text.add(event):
                    yield _chunk(model, piece)
        except InvokeError:
            if text.thinking and not whole:
                yield _chunk(model, _THOUGHT)
            raise


class _Text:
    """The text that Dify shows: the answer, with reasoning between think tags."""

    def __init__(self) -> None:
        self.thinking = False
        self._said = False

    def add(self, event: TextDelta | ReasoningDelta) -> str:
        """Return an event's text, with a tag where reasoning begins or ends."""
        text = for_dify(event.text)
        if not text:
            return ""
        if isinstance(event, TextDelta):
            self._said = True
            return self._close() + text
        return self._open() + text

    def end(self, citations: tuple[Citation, ...]) -> str:
        """Return what is left to say: the end of an open tag, the pages that were cited."""
        if not citations:
            return self._close()
        pages = [f"{n}. {_link(page)}" for n, page in enumerate(citations, start=1)]
        return f"{self._close()}\n\nSources:\n" + "\n".join(pages)

    def _open(self) -> str:
        if self.thinking:
            return ""
        self.thinking = True
        return f"{_PARAGRAPH}{_THINK}" if self._said else _THINK

    def _close(self) -> str:
        tag = _THOUGHT if self.thinking else ""
        self.thinking = False
        return tag


def _link(page: Citation) -> str:
    """Return a Markdown link that ends where it should, whatever title and address hold."""
    title = " ".join(for_dify(page.title).split()) or page.url
    title = _ENDS_A_TITLE.sub(r"\\\g<0>", title)
    url = _ENDS_AN_ADDRESS.sub(lambda found: quote(found[0]), for_dify(page.url).strip())
    return f"[{title}]({url})"


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
            opaque_body=json_for_dify(reply.opaque_body),
        ),
        usage=price(reply.usage) if reply.usage else None,
        finish_reason=for_dify(reply.finish_reason),
    )
    fingerprint = reply.system_fingerprint and for_dify(reply.system_fingerprint)
    return LLMResultChunk(model=model, system_fingerprint=fingerprint, delta=delta)


def _to_tool_call(call: ToolCall) -> AssistantPromptMessage.ToolCall:
    function = AssistantPromptMessage.ToolCall.ToolCallFunction(
        name=for_dify(call.name), arguments=json_text_for_dify(call.arguments)
    )
    return AssistantPromptMessage.ToolCall(id=for_dify(call.id), type="function", function=function)
