"""The neutral events of an answer -> what Dify reads: result chunks."""

from collections.abc import Callable, Generator
from contextlib import closing

from dify_plugin.entities.model.llm import LLMResultChunk, LLMResultChunkDelta, LLMUsage
from dify_plugin.entities.model.message import AssistantPromptMessage

from models.errors import bad_request
from models.llm.reply import Reply, ReplyEvent, ReplyFinished, TextDelta, TokenUsage

type Price = Callable[[TokenUsage], LLMUsage]


def to_chunks(
    events: Generator[ReplyEvent], *, model: str, price: Price, whole: bool
) -> Generator[LLMResultChunk]:
    """Yield a chunk for each piece of text and a last one with usage and finish reason.

    `whole` puts everything into that last one, for a caller who did not ask for a stream. `model`
    is the name in Dify: the daemon refuses an empty one, and Azure's first chunks have none.
    Raises InvokeBadRequestError for an answer without any text, which Dify would show as success.
    """
    pieces: list[str] = []
    empty = True
    # Closed here and now: the garbage collector may come late to a stream that nobody reads.
    with closing(events):
        for event in events:
            match event:
                case TextDelta(text):
                    empty = False
                    if whole:
                        pieces.append(text)
                    else:
                        yield _chunk(model, text)
                case ReplyFinished(reply):
                    if empty:
                        _refuse_empty(reply)
                    yield _last_chunk(model, "".join(pieces), reply, price)


def _chunk(model: str, text: str) -> LLMResultChunk:
    message = AssistantPromptMessage(content=text)
    return LLMResultChunk(model=model, delta=LLMResultChunkDelta(index=0, message=message))


def _last_chunk(model: str, text: str, reply: Reply, price: Price) -> LLMResultChunk:
    delta = LLMResultChunkDelta(
        index=0,
        # Never null: the daemon ends a session whose content is.
        message=AssistantPromptMessage(content=text),
        usage=price(reply.usage) if reply.usage else None,
        finish_reason=reply.finish_reason,
    )
    return LLMResultChunk(model=model, system_fingerprint=reply.system_fingerprint, delta=delta)


def _refuse_empty(reply: Reply) -> None:
    match reply.finish_reason:
        case "length":
            raise bad_request(
                "The model used up its token limit before it wrote any text; raise Max tokens or "
                "lower the reasoning effort"
            )
        case "content_filter":
            raise bad_request(
                "The service's content filter removed the whole answer; change the prompt or the "
                "deployment's content filter"
            )
