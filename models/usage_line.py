"""The usage line: one log record per call with what the service's own records cannot give.

The message is `usage ` and compact JSON, version 1 of docs/metadata.md: ids and counts, no
content, no secret, no user id. The daemon copies it into its log.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from pydantic import JsonValue

from models.failures.words import name_of, shown

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call. `input` includes `cached` and `cache_write`, `output` `reasoning`."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    estimated: bool = False


def total_usage(usages: Iterable[TokenUsage]) -> TokenUsage:
    """Return the tokens of several requests of one call."""
    parts = list(usages)
    return TokenUsage(
        input=sum(part.input for part in parts),
        output=sum(part.output for part in parts),
        cached=sum(part.cached for part in parts),
        cache_write=sum(part.cache_write for part in parts),
        reasoning=sum(part.reasoning for part in parts),
        estimated=any(part.estimated for part in parts),
    )


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


_NO_USAGE = TokenUsage(input=0, output=0)


@dataclass(frozen=True, slots=True)
class Answered:
    """What a service said of its answer. `tier` is the one used; `finish` why it ended, if known.

    `model` is the service's own name, often dated, "" where it names none. `more` are the facts of
    a model type of its own: `flagged` of moderation, `seconds` of sound.
    """

    id: str | None
    model: str
    usage: TokenUsage | None
    tier: str | None = None
    finish: str | None = None
    more: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(slots=True)
class UsageLine:
    """Collects the facts of one call while it runs; `write` logs them, once.

    `api` is how the service is asked: `chat`, `responses`, or another operation's name. `secrets`
    sign requests in and are kept out of everything that the service said. `report` takes the line's
    facts, and as `asked` the model that was asked for, where calls are counted.
    """

    provider: str
    api: str
    model: str
    app_id: str | None
    secrets: Callable[[], Iterable[str]] = tuple
    report: Callable[[Mapping[str, object]], None] | None = None
    stored: bool = False
    request_id: str | None = None
    _at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=monotonic)
    _first_ms: int | None = None

    def note_first_text(self) -> None:
        """Note that the first piece of a streamed answer has arrived."""
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()

    def write(self, answered: Answered | None, error: str | None = None) -> None:
        """Log the line. `answered` is None for a call that failed, `error` the class of why."""
        usage = (answered.usage if answered else None) or _NO_USAGE
        secrets = tuple(self.secrets())
        facts = {
            "v": 1,
            "at": self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "id": name_of(answered.id if answered else None, secrets),
            "request_id": name_of(self.request_id, secrets),
            "provider": self.provider,
            "api": self.api,
            "model": name_of(answered.model if answered else None, secrets)
            or shown(self.model, secrets),
            "app_id": self.app_id,
            "stored": self.stored,
            "tier": name_of(answered.tier if answered else None, secrets),
            "input": usage.input,
            "cached": usage.cached,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "estimated": usage.estimated,
            "finish": name_of(answered.finish if answered else None, secrets),
            "error": error,
            "ms": self._elapsed_ms(),
            "first_ms": self._first_ms,
            **(answered.more if answered else {}),
        }
        logger.info("usage %s", json.dumps(facts, ensure_ascii=False, separators=(",", ":")))
        if self.report is not None:
            self.report({**facts, "asked": shown(self.model, secrets)})

    def _elapsed_ms(self) -> int:
        return round((monotonic() - self._started) * 1000)
