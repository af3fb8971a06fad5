"""The neutral language between the APIs and Dify: what any of them answered."""

from dataclasses import dataclass
from typing import Literal

type Api = Literal["chat", "responses"]

# The four that Dify's consumers know; a service's new ones pass through as they are.
type FinishReason = Literal["stop", "length", "content_filter", "tool_calls"] | str


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one call. `input` includes `cached` and `cache_write`, `output` `reasoning`."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `usage` is None where the service reported none.

    `model` is the service's own name (often dated, "" where it names none); `service_tier` is the
    one that was used, not the one asked for.
    """

    id: str | None
    model: str
    text: str
    finish_reason: FinishReason
    usage: TokenUsage | None
    service_tier: str | None = None
    system_fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text; never empty."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The end of a stream, exactly once and last; `reply.text` is what the deltas add up to."""

    reply: Reply


type ReplyEvent = TextDelta | ReplyFinished
