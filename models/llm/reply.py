"""The neutral language between the APIs and Dify: what any of them answered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from uuid import uuid4

from pydantic import JsonValue

from models.failures.failure import calls_too_long
from models.usage import Answered, TokenUsage

type Api = Literal["chat", "responses"]

# All calls of an answer go to Dify in one line, of which the daemon takes 5 MiB, where a character
# may need six bytes. A model's longest answer, of 128,000 tokens, has about as many characters.
MOST_CALLS = 1_000
MOST_CALL_CHARACTERS = 500_000

# The four that Dify's consumers know; a service's new ones pass through as they are.
type FinishReason = Literal["stop", "length", "content_filter", "tool_calls"] | str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer's text; never empty.

    An `aside` is said on the way to the answer and is no part of it: what the model comments while
    it works, and the blank line between two messages.
    """

    text: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The next piece of what the model tells of its reasoning; never empty."""

    text: str


type Content = TextDelta | ReasoningDelta


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A complete call. `arguments` is JSON text for functions, any text for custom tools."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A web page that the answer cites."""

    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer; `content` is its text and reasoning in order, in pieces of any size.

    `usage` is None where the service reported none. `model` is the service's own name (often dated,
    "" where it names none); `service_tier` is the one that was used, not the one asked for.
    `searches` are those of the web that the service takes money for.
    `tool_calls` has only calls that are whole, in an answer that was not cut off. `opaque_body` is
    what the next turn needs beyond text and calls to go on with the model's reasoning.
    """

    id: str | None
    model: str
    content: tuple[Content, ...]
    finish_reason: FinishReason
    usage: TokenUsage | None
    tool_calls: tuple[ToolCall, ...] = ()
    citations: tuple[Citation, ...] = ()
    opaque_body: JsonValue = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    searches: int = 0

    @property
    def text(self) -> str:
        """The text of the answer without reasoning."""
        return "".join(piece.text for piece in self.content if isinstance(piece, TextDelta))

    @property
    def answered(self) -> Answered:
        """What the service told of it."""
        return Answered(
            self.id, self.model, self.usage, self.service_tier, self.finish_reason, self.searches
        )


@dataclass(frozen=True, slots=True)
class ReplyFinished:
    """The end of an answer, exactly once and last; its content has been yielded before."""

    reply: Reply


type ReplyEvent = Content | ReplyFinished


def refuse_too_many_calls(count: int, characters: int) -> None:
    """Raise a ServiceError for more calls of an answer, with their arguments, than Dify takes."""
    if count > MOST_CALLS or characters > MOST_CALL_CHARACTERS:
        raise calls_too_long(MOST_CALLS, MOST_CALL_CHARACTERS)


def finish_with_calls(
    reason: FinishReason, calls: tuple[ToolCall, ...]
) -> tuple[FinishReason, tuple[ToolCall, ...]]:
    """Return the finish reason and calls that may be handed on together, each with its own id.

    A forced call ends with `stop` and an old one with `function_call`: calls are what counts. An
    answer that was cut off may have cut its last call, so it hands none on.

    Raises ServiceError for more calls than Dify can take.
    """
    refuse_too_many_calls(
        len(calls), sum(len(call.id) + len(call.name) + len(call.arguments) for call in calls)
    )
    if not calls:
        return ("stop" if reason in {"tool_calls", "function_call"} else reason), ()
    return ("tool_calls", tuple(_told_apart(calls))) if reason not in _CUT_OFF else (reason, ())


_CUT_OFF = frozenset({"length", "content_filter"})


def _told_apart(calls: tuple[ToolCall, ...]) -> Iterator[ToolCall]:
    """Yield the calls, those with no id or an earlier one's under a new one.

    Gemini sends none (vercel/ai#7834), others the same twice (can1357/oh-my-pi#2055).
    """
    taken = {""}
    for call in calls:
        own = call.id if call.id not in taken else f"call_{uuid4().hex}"
        taken.add(own)
        yield call if own == call.id else replace(call, id=own)
