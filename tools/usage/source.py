"""What `collect` reads: piece by piece, each written before the next is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read of a source: how many, what could not be read, how many are not there."""

    number: int
    faults: Sequence[str] = ()
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A source and its name for people. Its pieces raise SourceFailure or OSError at its end."""

    title: str
    pieces: Iterator[Piece]
