"""What Chat Completions and Responses have in common here, and the functions that each offers."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fakes.openai.json_types import JsonObject
from fakes.openai.rules import Rule
from fakes.openai.steps import Answer, Usage
from fakes.openai.store import Kind, StoredRecord

_PADDING = "x7Qm2LkT9vRb4NzY"
_FRAGMENT_LENGTH = 5
_MOST_FRAGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class ToRender:
    """What the form of an answer depends on; `model` is the dated name that answers.

    `sound` is what an answer sounds like, None for one that was not asked to speak.
    """

    body: JsonObject
    model: str
    is_azure: bool = False
    sound: bytes | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer in both its forms; each event is written on its own."""

    whole: JsonObject
    events: list[bytes]


@dataclass(frozen=True, slots=True)
class TextApi:
    """One of the two APIs that generate text.

    `fold` adds up the events of a recorded stream, None where that is no answer. `kept` returns
    what is stored of a body and its answer.
    """

    kind: Kind
    rules: Sequence[Rule]
    render: Callable[[ToRender, Answer], Rendered]
    error_events: Callable[[str, list[bytes]], list[bytes]]
    fold: Callable[[Iterable[JsonObject]], JsonObject | None]
    kept: Callable[[JsonObject, JsonObject], StoredRecord]
    input_texts: Callable[[JsonObject], list[str]]


def stream_option(asked: ToRender, name: str) -> object:
    """Return an option of the stream, None where it was not sent."""
    return (asked.body.get("stream_options") or {}).get(name)


def padded(asked: ToRender, payload: JsonObject, delta: str) -> JsonObject:
    """Add the padding against side channels: a delta fills 16 characters (chat-stream-usage)."""
    if stream_option(asked, "include_obfuscation") is False:
        return payload
    return payload | {"obfuscation": _PADDING[: 15 - len(delta) % 16]}


def server_sent(payload: JsonObject, name: str = "") -> bytes:
    """Return a server-sent event."""
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return f"{f'event: {name}\n' if name else ''}data: {data}\n\n".encode()


def parse_events(body: bytes) -> Iterator[JsonObject]:
    """Yield the JSON payload of each `data:` line; the closing `[DONE]` is none."""
    for line in body.split(b"\n"):
        if line.startswith(b"data: {"):
            yield json.loads(line[6:])


def texts_in(value: object) -> list[str]:
    """Return every text of a message's content: a string, or parts that carry `text`."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [part["text"] for part in value if isinstance(part, dict) and "text" in part]
    return []


def texts_of(messages: Sequence[JsonObject]) -> list[str]:
    """Return every text of messages or items, the last user's last."""
    ordered = sorted(messages, key=lambda item: item.get("role") == "user")
    return [text for item in ordered for text in texts_in(item.get("content"))]


def fragments(text: str) -> list[str]:
    """Cut a text into the small pieces in which arguments and summaries are streamed."""
    length = max(_FRAGMENT_LENGTH, len(text) // _MOST_FRAGMENTS)
    return [text[at : at + length] for at in range(0, len(text), length)]


def count_usage(answer: Answer, input_texts: list[str]) -> Usage | None:
    """Return the usage to report: the scripted one, or whitespace words, None for none."""
    if not answer.counts_words:
        return answer.usage
    output = [answer.text, answer.refusal or "", *(call.arguments for call in answer.tool_calls)]
    reasoning = len((answer.reasoning or "").split())
    return Usage(
        input=sum(len(text.split()) for text in input_texts),
        output=sum(len(text.split()) for text in output) + reasoning,
        reasoning=reasoning,
    )
