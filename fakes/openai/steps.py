"""The steps of an account's plan: what the control plane may ask the service to answer next."""

import secrets
from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Discriminator, Field, PositiveInt, Tag

from fakes.openai.json_types import JsonObject
from fakes.openai.wire import Delivery


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
    cache_write_12h: int = 0
    reasoning: int = 0
    audio_input: int = 0
    audio_output: int = 0


class ToolCall(Strict):
    """A function call that the scripted model makes; `arguments` is JSON text."""

    name: str
    arguments: str = "{}"
    id: str = Field(default_factory=lambda: f"call_{secrets.token_hex(12)}")


class Answer(_Delivered):
    """A scripted answer, before it takes the form of an API and a mode.

    `usage` null: none is reported; without it whitespace words are counted. `searches` of the web
    come before the text, on Responses alone.
    """

    given: str | tuple[str, ...] = Field("", alias="text")
    finish: Literal["stop", "length", "content_filter", "failed", "cancelled"] = "stop"
    usage: Usage | None = None
    model: str | None = None
    service_tier: str = "default"
    reasoning: str | None = None
    searches: int = 0
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
        "billing_not_active",
        "no_role",
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


class RawResponse(Strict):
    """Any response; `body_base64` is for bytes."""

    status: int = 200
    headers: dict[str, str] = {}
    body: str = ""
    body_base64: Base64Bytes | None = None


class Raw(_Delivered):
    """Any other answer."""

    raw: RawResponse


# The first key that a step has says which kind it is; a fault has a text too.
_KINDS = {
    "raw": "raw",
    "recording": "recording",
    "fault": "fault",
    **dict.fromkeys(("text", "refusal", "tool_calls", "reasoning", "error", "finish"), "answer"),
}


def _kind(step: object) -> str | None:
    if not isinstance(step, dict):
        return None
    return next((kind for key, kind in _KINDS.items() if key in step), None)


type Step = Answer | Replay | Fault | Raw
type GivenStep = Annotated[
    Annotated[Answer, Tag("answer")]
    | Annotated[Replay, Tag("recording")]
    | Annotated[Fault, Tag("fault")]
    | Annotated[Raw, Tag("raw")],
    Discriminator(
        _kind,
        custom_error_type="step",
        custom_error_message=f"A step is an object that has one of {', '.join(_KINDS)}",
    ),
]
