"""Reads a recorded answer of the Responses API."""

from collections.abc import Iterable, Iterator

from openai.types.responses import Response, ResponseOutputItem, ResponseUsage

from tests.wire.ends import Json
from tests.wire.recorded.expected import Answer, Piece, Tokens, handed_over
from tests.wire.turns import Call

_LAST = {"response.completed", "response.incomplete", "response.failed"}
_REASONS = {"max_output_tokens": "length"}
# What a message of Dify can carry from one turn to the next.
_PLAIN = {"message", "function_call"}


def read_response(body: Json) -> Answer | None:
    """Read a response object, which a stream's last event carries as well."""
    response = Response.construct(None, **body)
    match response.status:
        case "completed":
            finish = "stop"
        case "incomplete":
            reason = response.incomplete_details and response.incomplete_details.reason
            finish = _REASONS.get(reason or "", reason or "")
        case _:
            return None
    completed = response.status == "completed"
    return handed_over(
        Answer(
            id=response.id,
            model=response.model,
            pieces=tuple(_pieces(response.output)),
            finish=finish,
            tokens=_tokens(response.usage),
            calls=tuple(_calls(response.output)) if completed else (),
            pages=tuple(_pages(response.output)),
            opaque_body=_opaque_body(body) if completed else None,
        )
    )


def read_events(events: Iterable[Json]) -> Answer | None:
    """Read a stream by its first last event: whatever follows belongs to another response."""
    for event in events:
        if event["type"] in _LAST:
            response = event["response"]
            assert isinstance(response, dict)
            return read_response(response)
    raise ValueError("The recorded stream has no last event.")


def _pieces(items: Iterable[ResponseOutputItem]) -> Iterator[Piece]:
    for item in items:
        if item.type == "reasoning":
            yield from (Piece(part.text, thought=True) for part in item.summary)
        elif item.type == "message":
            for part in item.content:
                text = part.text if part.type == "output_text" else part.refusal
                if text:
                    yield Piece(text)


def _calls(items: Iterable[ResponseOutputItem]) -> Iterator[Call]:
    for item in items:
        if item.type == "function_call":
            yield Call(item.call_id, item.name, item.arguments or "{}")
        elif item.type == "custom_tool_call":
            yield Call(item.call_id, item.name, item.input)


def _pages(items: Iterable[ResponseOutputItem]) -> Iterator[tuple[str, str]]:
    parts = (part for item in items if item.type == "message" for part in item.content)
    seen: set[str] = set()
    for part in parts:
        for note in part.annotations if part.type == "output_text" else ():
            if note.type == "url_citation" and note.url not in seen:
                seen.add(note.url)
                yield note.title, note.url


def _opaque_body(body: Json) -> Json | None:
    """Return the items as they stand in the file.

    None if plain messages carry them all, or where one cannot be handed back: reasoning that was
    not encrypted is a bare id, and the results of other calls than a function's are of types that
    Dify does not know.
    """
    items = body["output"]
    assert isinstance(items, list)
    objects = [item for item in items if isinstance(item, dict)]
    if all(item["type"] in _PLAIN and not item.get("phase") for item in objects):
        return None
    if any(item["type"] in {"custom_tool_call", "shell_call"} for item in objects):
        return None
    if any(item["type"] == "reasoning" and not item.get("encrypted_content") for item in objects):
        return None
    return {"responses_output": items}


def _tokens(usage: ResponseUsage | None) -> Tokens | None:
    if usage is None:
        return None
    inputs, outputs = usage.input_tokens_details, usage.output_tokens_details
    return Tokens(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cached=inputs.cached_tokens,
        cache_write=inputs.cache_write_tokens or 0,
        reasoning=outputs.reasoning_tokens,
    )
