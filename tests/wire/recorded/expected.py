"""What Dify must be given for a recorded answer, read by the openai package's own models.

Nothing here comes from the plugin. The package's `construct` reads as its client does: it keeps
what it does not know and complains about nothing.
"""

from dataclasses import dataclass, replace
from itertools import groupby

from pydantic import JsonValue

from tests.wire.turns import Call


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the service counted; `input` includes `cached` and `cache_write`."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the answer in its order: a text, or a summary of the model's reasoning."""

    text: str
    thought: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A success. `tokens` is None where the service reported none."""

    id: str
    model: str
    pieces: tuple[Piece, ...]
    finish: str
    tokens: Tokens | None
    calls: tuple[Call, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    """Title and URL of each web page that the text cites, each URL once."""
    opaque_body: JsonValue = None

    @property
    def text(self) -> str:
        """The text with the reasoning before it, as Dify shows it."""
        return "".join(
            _thought([piece.text for piece in group])
            if thought
            else "".join(piece.text for piece in group)
            for thought, group in groupby(self.pieces, key=lambda piece: piece.thought)
        )

    @property
    def text_with_sources(self) -> str:
        """The text with the list of cited pages, for a call that asked for a web search."""
        if not self.pages:
            return self.text
        lines = [f"{n}. [{title}]({url})" for n, (title, url) in enumerate(self.pages, start=1)]
        return f"{self.text}\n\nSources:\n" + "\n".join(lines)


# The legacy word for a call, and an answer that says it called but has no call that can be read.
_CALLED = {"tool_calls": "stop", "function_call": "stop"}
_CUT_OFF = {"length", "content_filter"}


def handed_over(answer: Answer) -> Answer | None:
    """Apply what holds for every answer: calls decide the finish, and nothing is no success."""
    if answer.finish in _CUT_OFF:
        answer = replace(answer, calls=())
    elif answer.calls:
        answer = replace(answer, finish="tool_calls")
    else:
        answer = replace(answer, finish=_CALLED.get(answer.finish, answer.finish))
    nothing = not answer.calls and not answer.text
    return None if nothing and answer.finish in _CUT_OFF else answer


def _thought(summaries: list[str]) -> str:
    return "<think>\n" + "\n\n".join(summaries) + "\n</think>\n\n"
