"""The steps of an account's plan: what the control plane may ask the service to answer next."""

import secrets
from collections import deque
from collections.abc import Iterable
from typing import Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from fakes.openai.json_types import JsonObject
from fakes.openai.wire import Delivery

type Calls = Literal["generation", "reading"]


class InvalidStepError(ValueError):
    """A step or an account description that the control plane cannot use; says why."""

    @classmethod
    def of(cls, what: str, error: ValidationError) -> "InvalidStepError":
        """Return the first thing that is wrong with `what`, in one sentence."""
        first = error.errors()[0]
        where = f" at `{'.'.join(map(str, first['loc']))}`" if first["loc"] else ""
        plain = isinstance(first["input"], str | int | float)
        given = f", not {first['input']!r}" if plain and first["type"] != "extra_forbidden" else ""
        return cls(f"{what} is wrong{where}: {first['msg']}{given}.")


class Strict(BaseModel):
    """A description that knows all its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Split(Strict):
    """Cuts of a body into network writes: one `every` so many bytes, or `at` these offsets."""

    every: PositiveInt | None = None
    at: tuple[int, ...] = ()


class _Delivered(Strict):
    split: Split = Split()
    delay_ms: float = 0

    @property
    def delivery(self) -> Delivery:
        """How the bytes leave."""
        return Delivery(self.delay_ms / 1000, self.split.every, self.split.at)


class Usage(Strict):
    """What the service reports as counted, in tokens."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


class ToolCall(Strict):
    """A function call that the scripted model makes; `arguments` is JSON text."""

    name: str
    arguments: str = "{}"
    id: str = Field(default_factory=lambda: f"call_{secrets.token_hex(12)}")


class Answer(_Delivered):
    """A scripted answer, before it takes the form of an API and a mode.

    `usage` null: none is reported; without it whitespace words are counted.
    """

    given: str | tuple[str, ...] = Field("", alias="text")
    finish: Literal["stop", "length", "content_filter", "failed", "cancelled"] = "stop"
    usage: Usage | None = None
    model: str | None = None
    service_tier: str = "default"
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    error: JsonObject = {}

    @property
    def pieces(self) -> tuple[str, ...]:
        """The pieces that a model streams: those given, or words with the space before them."""
        if not isinstance(self.given, str) or not self.given:
            return tuple(self.given)
        first, *others = self.given.split(" ")
        return (first, *(f" {word}" for word in others))

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.given)

    @property
    def counts_words(self) -> bool:
        """Whether the usage is left to the service."""
        return "usage" not in self.model_fields_set


class Replay(_Delivered):
    """A recorded response, sent again byte for byte."""

    recording: str
    exchange: int = 0


class Fault(_Delivered):
    """A failure: before the answer, or `after` that many events of it."""

    kind: Literal[
        "rate_limit",
        "tokens_too_large",
        "insufficient_quota",
        "server_error",
        "overloaded_text",
        "unauthorized",
        "not_found",
        "content_filter",
        "context_length",
        "timeout",
        "disconnect",
        "html",
        "malformed",
        "error_event",
        "cut",
    ] = Field(alias="fault")
    status: int | None = None
    text: str | None = None
    retry_after: float | None = None
    retry_after_ms: int | None = None
    after: int = 3
    calls: Calls = "generation"


class RawResponse(Strict):
    """Any response; `body_base64` is for bytes."""

    status: int = 200
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: Base64Bytes | None = None


class Raw(_Delivered):
    """Any other answer."""

    raw: RawResponse
    calls: Calls = "generation"


type Step = Answer | Replay | Fault | Raw

# The first key that a step has says which kind it is; a fault has a text too.
_KINDS: dict[str, type[Step]] = {
    "raw": Raw,
    "recording": Replay,
    "fault": Fault,
    **dict.fromkeys(("text", "refusal", "tool_calls", "reasoning", "error", "finish"), Answer),
}


def parse_steps(plan: object) -> list[Step]:
    """Parse the steps of a plan; raise InvalidStepError with what is wrong."""
    if not isinstance(plan, list):
        raise InvalidStepError("A plan is a list of steps.")
    return [_parse_step(step) for step in plan]


def _parse_step(step: object) -> Step:
    if not isinstance(step, dict):
        raise InvalidStepError(f"A step is a JSON object, not {step!r}.")
    key = next((key for key in _KINDS if key in step), None)
    if key is None:
        raise InvalidStepError(f"A step has one of {', '.join(_KINDS)}; this one has {list(step)}.")
    try:
        return _KINDS[key].model_validate(step)
    except ValidationError as error:
        raise InvalidStepError.of(f"A step with {key!r}", error) from None


class Plan:
    """The steps that the next calls take, those for reading calls in a queue of their own."""

    def __init__(self) -> None:
        """Start empty."""
        self._queues: dict[Calls, deque[Step]] = {"generation": deque(), "reading": deque()}

    def extend(self, steps: Iterable[Step]) -> None:
        """Append steps."""
        for step in steps:
            calls = step.calls if isinstance(step, Fault | Raw) else "generation"
            self._queues[calls].append(step)

    def next(self) -> Step | None:
        """Return what comes next for a generation, without taking it."""
        queue = self._queues["generation"]
        return queue[0] if queue else None

    def take(self, calls: Calls = "generation") -> Step | None:
        """Take what comes next, None when there is nothing."""
        queue = self._queues[calls]
        return queue.popleft() if queue else None
