"""The neutral events of an answer -> what Dify reads: result chunks."""

from collections.abc import Callable, Generator, Iterator
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
from models.turns import give_way
from models.usage import Answered

# Markdown takes these for the end of a link's title, or for something that goes on beyond it.
_IN_A_TITLE = {ord(sign): rf"\{sign}" for sign in "\\[]<>`"}
_SPACES = (chr(code) for code in range(0x3001) if chr(code).isspace())
_IN_AN_ADDRESS = {ord(sign): quote(sign) for sign in [*_SPACES, *map(chr, range(0x20)), *"\\()<>`"]}
# A text goes to Dify in chunks of so many characters at most, an identifier is cut there.
_MOST_CHARACTERS = 100_000
_MOST_OF_A_NAME = 256

type Price = Callable[[Answered], LLMUsage]

_THINK = "<think>\n"
# The blank line ends the block of HTML that Dify makes of the tags; without it the beginning of the
# answer is shown as it was written.
_THOUGHT = "\n</think>\n\n"
_PARAGRAPH = "\n\n"


def to_chunks(
    events: Generator[ReplyEvent], *, model: str, price: Price, whole: bool
) -> Generator[LLMResultChunk]:
    """Yield a chunk for each piece of text and a last one with calls, usage and finish reason.

    `whole` puts everything into that last one, for a caller who did not ask for a stream: Dify
    reads no other then. `model` is the name in Dify: the daemon refuses an empty one, and Azure's
    first chunks have none.
    """
    text = _Text()
    pieces: list[str] = []
    # Closed here and now: the garbage collector may come late to a stream that nobody reads.
    with closing(events):
        try:
            for event in events:
                if isinstance(event, ReplyFinished):
                    rest = text.end(event.reply.citations)
                    if not whole and len(rest) > _MOST_CHARACTERS:
                        yield from _text_chunks(model, rest)
                        rest = ""
                    yield _last_chunk(model, "".join([*pieces, rest]), event.reply, price)
                elif whole:
                    pieces.append(text.add(event))
                else:
                    yield from _text_chunks(model, text.add(event))
        except InvokeError:
            if text.thinking and not whole:
                yield from _text_chunks(model, _THOUGHT)
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
    give_way()
    title = " ".join(for_dify(page.title).split()) or page.url
    return (
        f"[{title.translate(_IN_A_TITLE)}]({for_dify(page.url).strip().translate(_IN_AN_ADDRESS)})"
    )


def _text_chunks(model: str, text: str) -> Iterator[LLMResultChunk]:
    for start in range(0, len(text), _MOST_CHARACTERS):
        # The list is given because its default is copied for every chunk.
        piece = text[start : start + _MOST_CHARACTERS]
        message = AssistantPromptMessage(content=piece, tool_calls=[])
        yield LLMResultChunk(model=model, delta=LLMResultChunkDelta(index=0, message=message))


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
        usage=price(reply.answered) if reply.usage else None,
        finish_reason=for_dify(reply.finish_reason[:_MOST_OF_A_NAME]),
    )
    fingerprint = for_dify((reply.system_fingerprint or "")[:_MOST_OF_A_NAME]) or None
    return LLMResultChunk(model=model, system_fingerprint=fingerprint, delta=delta)


def _to_tool_call(call: ToolCall) -> AssistantPromptMessage.ToolCall:
    function = AssistantPromptMessage.ToolCall.ToolCallFunction(
        name=for_dify(call.name), arguments=json_text_for_dify(call.arguments)
    )
    return AssistantPromptMessage.ToolCall(id=for_dify(call.id), type="function", function=function)
