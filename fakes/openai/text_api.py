"""What Chat Completions and Responses have in common here: a checked request, and the functions
that each API offers to answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fakes.openai.call import Call, Sandbox
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer, Usage, in_words
from fakes.openai.store import Kind, StoredRecord


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """A request that passed the rules; `model` is the dated name that an answer carries."""

    body: JsonObject
    model: str
    azure: bool
    streams: bool
    stores: bool

    @property
    def metadata(self) -> dict[str, str]:
        """The pairs that the request carries."""
        return self.body.get("metadata") or {}

    @property
    def obfuscates(self) -> bool:
        """Whether stream events carry the padding against side channels."""
        options = self.body.get("stream_options") or {}
        return options.get("include_obfuscation") is not False


@dataclass(frozen=True, slots=True)
class TextApi:
    """One of the two APIs that generate text."""

    kind: Kind
    check: Callable[[Sandbox, Call], GenerationRequest]
    answer: Callable[[GenerationRequest, Answer], JsonObject]
    events: Callable[[GenerationRequest, Answer, JsonObject], list[bytes]]
    error_events: Callable[[str, list[bytes]], list[bytes]]
    fold: Callable[[bytes], JsonObject | None]
    to_stored: Callable[[GenerationRequest, JsonObject], StoredRecord]
    input_texts: Callable[[JsonObject], list[str]]


def texts_in(value: Any) -> list[str]:
    """Return every text of a message's content: a string, or parts that carry `text`."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [part["text"] for part in value if isinstance(part, dict) and "text" in part]
    return []


def echo(input_texts: list[str]) -> Answer:
    """Return the answer that is given when the plan is empty."""
    last = input_texts[-1] if input_texts else ""
    return Answer(pieces=in_words(f"Echo: {last}"))


def count_usage(answer: Answer, input_texts: list[str]) -> Usage | None:
    """Return the usage to report: the scripted one, or whitespace words, None for none."""
    if not answer.reports_usage:
        return None
    if answer.usage is not None:
        return answer.usage
    output = [answer.text, answer.refusal or "", *(call.arguments for call in answer.tool_calls)]
    reasoning = len((answer.reasoning or "").split())
    return Usage(
        input=sum(len(text.split()) for text in input_texts),
        output=sum(len(text.split()) for text in output) + reasoning,
        reasoning=reasoning,
    )


def obfuscation(delta: str) -> str:
    """Return padding that brings a delta to a multiple of 16 characters, as the service does."""
    return "x7Qm2LkT9vRb4NzY"[: 15 - len(delta) % 16]
