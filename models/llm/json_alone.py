"""JSON answers hold nothing but the JSON: no reasoning, no comments, no sources.

Dify takes the first JSON that it finds in an answer, inside think tags as well
(langgenius/dify#28019).
"""

from collections.abc import Iterator
from dataclasses import replace

from models.llm.reply import Content, ReplyEvent, ReplyFinished, TextDelta

_THINK, _THOUGHT = "<think>", "</think>"


def json_alone(events: Iterator[ReplyEvent]) -> Iterator[ReplyEvent]:
    """Yield the events without what is not the answer itself.

    Comments are the answer where a model ended without any other text and without a call.
    """
    written = _Written()
    passed: list[Content] = []
    for event in events:
        if isinstance(event, ReplyFinished):
            rest = _pieces(written.finish())
            if not passed and not rest and not event.reply.tool_calls:
                rest = [piece for piece in event.reply.content if isinstance(piece, TextDelta)]
            yield from rest
            yield ReplyFinished(replace(event.reply, content=(*passed, *rest), citations=()))
        elif isinstance(event, TextDelta) and not event.aside:
            pieces = _pieces(written.push(event.text))
            passed += pieces
            yield from pieces


def _pieces(text: str) -> list[TextDelta]:
    return [TextDelta(text)] if text else []


class _Written:
    """The text of an answer without the thoughts that open models write at its beginning."""

    def __init__(self) -> None:
        # What is held back, all of it, and the last of it that may still say something.
        self._held: list[str] | None = []
        self._end = ""
        self._thinking = False

    def push(self, text: str) -> str:
        """Return what is certainly no thought."""
        if self._held is None:
            return text
        self._held.append(text)
        self._end += text
        if not self._thinking:
            self._end = self._end.lstrip()
            self._thinking = self._end.startswith(_THINK)
            if not self._thinking:
                return "" if _THINK.startswith(self._end) else self.finish()
        _, closed, after = self._end.partition(_THOUGHT)
        if closed:
            self._held = None
            return after.lstrip()
        self._end = self._end[-len(_THOUGHT) :]
        return ""

    def finish(self) -> str:
        """Return what was held back; a thought that never ended is all that was said."""
        held, self._held = self._held or (), None
        return "".join(held)
