"""A language model's session folded into one value, for people and tests."""

from dataclasses import dataclass
from typing import Any

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
    # The session has checked the shape of every chunk.
    chunks: list[dict[str, Any]] = [dict(chunk) for chunk in session]
    if not chunks:
        raise ValueError(f"Session {session.session_id!r} ended without a single chunk.")
    deltas = [chunk["delta"] for chunk in chunks]
    messages = [delta["message"] for delta in deltas]
    return LLMAnswer(
        models=frozenset(chunk["model"] for chunk in chunks),
        text="".join(text for message in messages for text in _texts(message["content"])),
        tool_calls=tuple(call for message in messages for call in message.get("tool_calls") or ()),
        finish_reasons=tuple(
            delta["finish_reason"] for delta in deltas if delta.get("finish_reason")
        ),
        usages=tuple(delta["usage"] for delta in deltas if delta.get("usage")),
        chunks=len(chunks),
    )


def _texts(content: str | list[dict[str, str]]) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [part["data"] for part in content if part["type"] == "text"]
