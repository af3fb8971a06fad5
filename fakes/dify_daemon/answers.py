"""A language model's session folded into one value, for people and tests."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import JsonValue

from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMAnswer:
    """Everything that the chunks of one call said.

    Tool calls are listed as they came, one entry per piece: whether a call arrives whole is for
    the reader of this value to judge.
    """

    models: frozenset[str]
    text: str
    tool_calls: tuple[JsonObject, ...]
    finish_reasons: tuple[str, ...]
    usages: tuple[JsonObject, ...]
    chunks: int

    @property
    def finish_reason(self) -> str | None:
        """The last finish reason, or None: an answer that was not streamed has none."""
        return self.finish_reasons[-1] if self.finish_reasons else None

    @property
    def usage(self) -> JsonObject | None:
        """The last usage, or None."""
        return self.usages[-1] if self.usages else None


def read_llm_answer(session: Session) -> LLMAnswer:
    """Read an `invoke_llm` session to its end.

    Raises:
        PluginError, ResultRejected, AnswerTimeout, ProcessFailure: as iterating the session does.
        ValueError: the session ended without a single chunk.
    """
    chunks = list(session)
    if not chunks:
        raise ValueError(f"Session {session.session_id!r} ended without a single chunk.")
    deltas = [_object(chunk["delta"]) for chunk in chunks]
    messages = [_object(delta["message"]) for delta in deltas]
    return LLMAnswer(
        models=frozenset(str(chunk["model"]) for chunk in chunks),
        text="".join(text for message in messages for text in _texts(message["content"])),
        tool_calls=tuple(
            call for message in messages for call in _objects(message.get("tool_calls"))
        ),
        finish_reasons=tuple(
            str(delta["finish_reason"]) for delta in deltas if delta.get("finish_reason")
        ),
        usages=tuple(_object(delta["usage"]) for delta in deltas if delta.get("usage")),
        chunks=len(chunks),
    )


def _texts(content: JsonValue) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    else:
        yield from (str(part["data"]) for part in _objects(content) if part["type"] == "text")


# The session has checked the shape of every chunk; these two only tell the type checker.
def _object(value: JsonValue) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _objects(value: JsonValue) -> list[JsonObject]:
    return [_object(item) for item in value] if isinstance(value, list) else []
