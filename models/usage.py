"""What a service tells of an answer: its id, its model, and what it counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call. `input` includes `cached`, `cache_write` and `audio_input`, `output`
    `reasoning` and `audio_output`, and `cache_write` what is kept for 12 hours."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    estimated: bool = False
    cache_write_12h: int = 0
    audio_input: int = 0
    audio_output: int = 0


def total_usage(usages: Iterable[TokenUsage]) -> TokenUsage:
    """Return the tokens of several requests of one call."""
    parts = list(usages)
    sums = {
        count.name: sum(getattr(part, count.name) for part in parts) for count in fields(TokenUsage)
    }
    return TokenUsage(**sums | {"estimated": any(part.estimated for part in parts)})


# Beyond it JSON carries no count exactly, and prices have their limits too.
_MOST_COUNTED = 1 << 53


def number_in(value: object) -> int | float | None:
    """Return what a service counted, None for what is no count: it may be any JSON."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if 0 <= value < _MOST_COUNTED else None


def count_in(value: object) -> int | None:
    """Return the same as a whole number."""
    number = number_in(value)
    return None if number is None else round(number)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service said of its answer. `tier` is the one used; `finish` why it ended, if known.

    `model` is the service's own name, often dated, "" where it names none. `more` are the facts of
    a model type of its own: `flagged` of moderation, `seconds` of sound, `characters` to be spoken.
    `searches` of the web are those that the service takes money for.
    """

    id: str | None
    model: str
    usage: TokenUsage | None
    tier: str | None = None
    finish: str | None = None
    searches: int = 0
    more: Mapping[str, JsonValue] = field(default_factory=dict)
