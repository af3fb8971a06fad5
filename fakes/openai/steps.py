"""The steps of an account's plan: what the control plane may ask the service to answer next."""

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from fakes.openai.json_types import JsonObject
from fakes.openai.wire import PROMPTLY, Delivery

type Finish = Literal["stop", "length", "content_filter", "failed", "cancelled"]

FINISHES = ("stop", "length", "content_filter", "failed", "cancelled")
FAULTS = (
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
)
READING_CALLS = "reading"
GENERATION_CALLS = "generation"


class InvalidStepError(ValueError):
    """A step or an account description that the control plane cannot use; says why."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the service reports as counted, in tokens."""

    input: int
    output: int
    cached: int = 0
    cache_write: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A function call that the scripted model makes; `arguments` is JSON text."""

    name: str
    arguments: str
    call_id: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A scripted answer, before it takes the form of an API and a mode.

    `usage` None: counted as whitespace words, unless `reports_usage` is false.
    """

    pieces: tuple[str, ...] | None = None
    finish: Finish = "stop"
    usage: Usage | None = None
    reports_usage: bool = True
    model: str | None = None
    service_tier: str = "default"
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    error: JsonObject = field(default_factory=dict)
    delivery: Delivery = PROMPTLY

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces or ())


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded response, sent again byte for byte."""

    recording: str
    exchange: int = 0
    delivery: Delivery = PROMPTLY


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure: before the answer, or `after` that many events of it."""

    kind: str
    status: int | None = None
    text: str | None = None
    retry_after: float | None = None
    retry_after_ms: int | None = None
    after: int = 3
    calls: str = GENERATION_CALLS
    delivery: Delivery = PROMPTLY


@dataclass(frozen=True, slots=True)
class Raw:
    """Any other answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    calls: str = GENERATION_CALLS
    delivery: Delivery = PROMPTLY


type Step = Answer | Replay | Fault | Raw


@dataclass(frozen=True, slots=True)
class StepKind[S]:
    """How a step with a certain key is read: what else it may have, and what it becomes."""

    keys: frozenset[str]
    parse: Callable[[JsonObject, Delivery], S]


def parse_steps[S](kinds: Mapping[str, StepKind[S]], plan: object) -> list[S]:
    """Parse the steps of a plan; raise InvalidStepError with what is wrong."""
    if not isinstance(plan, list):
        raise InvalidStepError("A plan is a list of steps.")
    return [_parse_step(kinds, step) for step in plan]


def _parse_step[S](kinds: Mapping[str, StepKind[S]], value: object) -> S:
    if not isinstance(value, dict):
        raise InvalidStepError(f"A step is a JSON object, not {value!r}.")
    for key, kind in kinds.items():
        if key in value:
            unknown = sorted(set(value) - kind.keys - _DELIVERY_KEYS)
            if unknown:
                raise InvalidStepError(f"A step with {key!r} does not know {unknown[0]!r}.")
            try:
                return kind.parse(value, _parse_delivery(value))
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                if isinstance(error, InvalidStepError):
                    raise
                raise InvalidStepError(f"A step with {key!r} is malformed: {error!r}.") from None
    raise InvalidStepError(f"A step has one of {', '.join(kinds)}; this one has {list(value)}.")


def _parse_delivery(step: JsonObject) -> Delivery:
    split = step.get("split") or {}
    every = split.get("every")
    if every is not None and (not isinstance(every, int) or every < 1):
        raise InvalidStepError(f"`split.every` is a number of bytes from 1, not {every!r}.")
    return Delivery(float(step.get("delay_ms", 0)) / 1000, every, tuple(split.get("at", ())))


def parse_raw(step: JsonObject, delivery: Delivery) -> Raw:
    """Return the step that answers anything."""
    raw = step["raw"]
    encoded = raw.get("body_base64")
    body = base64.b64decode(encoded) if encoded is not None else str(raw.get("body", "")).encode()
    calls = step.get("calls", GENERATION_CALLS)
    _check_calls(step)
    return Raw(int(raw.get("status", 200)), raw.get("headers", {}), body, calls, delivery)


def _check_calls(step: JsonObject) -> None:
    if step.get("calls", GENERATION_CALLS) not in (GENERATION_CALLS, READING_CALLS):
        raise InvalidStepError(f"`calls` is generation or reading, not {step['calls']!r}.")


def _parse_replay(step: JsonObject, delivery: Delivery) -> Replay:
    return Replay(str(step["recording"]), int(step.get("exchange", 0)), delivery)


def parse_fault(faults: Sequence[str], step: JsonObject, delivery: Delivery) -> Fault:
    """Return a failure that `faults` has; raise InvalidStepError for any other."""
    if step["fault"] not in faults:
        raise InvalidStepError(f"{step['fault']!r} is no fault; choose from {', '.join(faults)}.")
    settings = {key: step[key] for key in _FAULT_SETTINGS if key in step}
    _check_calls(step)
    return Fault(kind=step["fault"], delivery=delivery, **settings)


def _parse_answer(step: JsonObject, delivery: Delivery) -> Answer:
    finish = step.get("finish", "stop")
    if finish not in FINISHES:
        raise InvalidStepError(f"{finish!r} is no finish; choose from {', '.join(FINISHES)}.")
    text = step.get("text")
    counted = step.get("usage")
    return Answer(
        pieces=tuple(text) if isinstance(text, list) else in_words(text or ""),
        finish=finish,
        usage=_parse_usage(counted) if counted is not None else None,
        reports_usage="usage" not in step or counted is not None,
        model=step.get("model"),
        service_tier=step.get("service_tier", "default"),
        reasoning=step.get("reasoning"),
        refusal=step.get("refusal"),
        tool_calls=tuple(
            ToolCall(
                call["name"],
                call.get("arguments", "{}"),
                call.get("id", f"call_{secrets.token_hex(12)}"),
            )
            for call in step.get("tool_calls", [])
        ),
        error=step.get("error", {}),
        delivery=delivery,
    )


def _parse_usage(value: JsonObject) -> Usage:
    unknown = sorted(set(value) - set(Usage.__slots__))
    if unknown:
        raise InvalidStepError(f"`usage` does not know {unknown[0]!r}.")
    return Usage(**{"input": 0, "output": 0} | value)


def in_words(text: str) -> tuple[str, ...]:
    """Cut a text into the pieces that a model streams: words with the space before them."""
    words = text.split(" ")
    return (words[0], *(f" {word}" for word in words[1:])) if text else ()


_DELIVERY_KEYS = frozenset({"split", "delay_ms"})
_ANSWER_STARTS = ("text", "refusal", "tool_calls", "reasoning", "error", "finish")
_ANSWER_KEYS = frozenset({*_ANSWER_STARTS, "usage", "model", "service_tier"})
_FAULT_SETTINGS = ("status", "text", "retry_after", "retry_after_ms", "after", "calls")
RAW_KEYS = frozenset({"raw", "calls"})
STEP_KINDS: dict[str, StepKind[Step]] = {
    "raw": StepKind(RAW_KEYS, parse_raw),
    "recording": StepKind(frozenset({"recording", "exchange"}), _parse_replay),
    "fault": StepKind(frozenset({"fault", *_FAULT_SETTINGS}), partial(parse_fault, FAULTS)),
    **dict.fromkeys(_ANSWER_STARTS, StepKind(_ANSWER_KEYS, _parse_answer)),
}
