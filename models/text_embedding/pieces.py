"""Texts in pieces that a service takes, and pieces in requests that it takes.

OpenAI's limits are those of its API reference, embeddings, `input`: 8,192 tokens a text, 2,048
texts and 300,000 tokens a request.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.token_count import count_text

_MOST_PIECES, _MOST_TOKENS = 2048, 300_000
# An estimate may be wrong by a quarter in usual text. What is worse is seen when it is refused.
_RESERVE = 1.25
# Less than this is too much for no service: whatever it says, cutting it does not help.
_FEWEST_TOKENS = 64
# A cut is made behind the one nearest to the middle, of the first kind that there is.
_BORDERS = tuple(
    re.compile(border)
    for border in (
        r"\n\s*\n",
        r"[.!?\u2026](?=\s)\s+|[\u3002\uff01\uff1f\uff0e]+|\n",
        r"\s+|[,;:\u3001\uff0c\uff1b\uff1a]",
    )
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A text, or a part of one. `number` is the text's place among the texts, from 0."""

    number: int
    text: str
    tokens: int

    @classmethod
    def of(cls, number: int, text: str) -> "Piece":
        """Return a piece with a careful estimate of its tokens, at least 1."""
        return cls(number, text, max(1, round(count_text(text) * _RESERVE)))

    def halves(self) -> tuple["Piece", ...]:
        """Return both halves of a text, cut at a border; the piece alone if it is a sign."""
        text = self.text.strip()
        middle = _border(text)
        if not middle:
            return (self,)
        return Piece.of(self.number, text[:middle]), Piece.of(self.number, text[middle:])


def pieces_of(texts: Sequence[str], most_tokens: int) -> Iterator[Piece]:
    """Yield the texts in pieces of at most so many tokens, in their order."""
    for number, text in enumerate(texts):
        waiting = [Piece.of(number, text)]
        while waiting:
            piece = waiting.pop()
            halves = piece.halves() if piece.tokens > most_tokens else (piece,)
            if len(halves) == 1:
                yield piece
            else:
                waiting += reversed(halves)


def requests_of(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Yield pieces in groups that each fit into one request."""
    group: list[Piece] = []
    tokens = 0
    for piece in pieces:
        if group and (len(group) == _MOST_PIECES or tokens + piece.tokens > _MOST_TOKENS):
            yield group
            group, tokens = [], 0
        group.append(piece)
        tokens += piece.tokens
    yield group


def divided(pieces: Sequence[Piece]) -> tuple[Sequence[Piece], Sequence[Piece]] | None:
    """Return what was too much for one request as two; None where it cannot be divided."""
    parts = pieces
    if len(parts) == 1 and parts[0].tokens > _FEWEST_TOKENS:
        parts = parts[0].halves()
    middle = len(parts) // 2
    return (parts[:middle], parts[middle:]) if middle else None


def _border(text: str) -> int:
    """Return where to cut a text: near its middle, or there, where no border is."""
    middle = len(text) // 2
    for border in _BORDERS:
        found = border.finditer(text, len(text) // 4, len(text) * 3 // 4)
        if ends := [match.end() for match in found]:
            return min(ends, key=lambda end: abs(end - middle))
    return middle
