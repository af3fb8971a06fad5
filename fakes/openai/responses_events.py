"""Streams a response object: the events of the Responses API, in the order real streams have."""

import json
from collections.abc import Iterator, Sequence

from fakes.openai.json_types import JsonObject
from fakes.openai.responses_answers import encrypted, output_text
from fakes.openai.steps import Answer
from fakes.openai.text_api import GenerationRequest, obfuscation

# A cancelled response has no event of its own: cancellation is a status.
_LAST_EVENT = {
    "completed": "response.completed",
    "incomplete": "response.incomplete",
    "cancelled": "response.incomplete",
    "failed": "response.failed",
}
_FRAGMENT_LENGTH = 5
# Recording responses-stream-reasoning-tool: a stub when the item is added; when it is done the
# whole thought, which the last event then carries in other bytes of the same length.
_STUB_LENGTH = 824


def events(request: GenerationRequest, answer: Answer, whole: JsonObject) -> list[bytes]:
    """Return the answer as server-sent events; the last one carries the whole response."""
    numbered = []
    for number, payload in enumerate(_payloads(answer, whole)):
        payload["sequence_number"] = number
        if request.obfuscates and isinstance(payload.get("delta"), str):
            payload["obfuscation"] = obfuscation(payload["delta"])
        numbered.append(_event(payload))
    return numbered


def error_events(message: str, sent: list[bytes]) -> list[bytes]:
    """Return `sent`, the error event and the failed response (recording responses-stream-failed).

    The details are nested under `error`, as the service sends them, not as its schema says.
    """
    error = {"type": "server_error", "code": "server_error", "message": message, "param": None}
    created = json.loads(sent[0].split(b"data: ", 1)[1])["response"]
    details = {"code": "server_error", "message": message}
    failed = created | {"status": "failed", "error": details, "usage": None}
    number = len(sent)
    return [
        *sent,
        _event({"type": "error", "sequence_number": number, "error": error}),
        _event({"type": "response.failed", "sequence_number": number + 1, "response": failed}),
    ]


def _payloads(answer: Answer, whole: JsonObject) -> Iterator[JsonObject]:
    begun = whole | {"status": "in_progress", "output": [], "usage": None, "completed_at": None}
    begun |= {"error": None, "incomplete_details": None}
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(whole["output"]):
        yield from _item(answer, item, index)
    yield {"type": _LAST_EVENT[whole["status"]], "response": whole}


def _item(answer: Answer, item: JsonObject, index: int) -> Iterator[JsonObject]:
    place = {"item_id": item["id"], "output_index": index}
    empty = dict(item)
    for key, nothing in (("content", []), ("summary", []), ("arguments", "")):
        if key in item:
            empty[key] = nothing
    if "status" in item:
        empty["status"] = "in_progress"
    done = dict(item)
    if "encrypted_content" in item:
        empty["encrypted_content"] = encrypted(_STUB_LENGTH)
        done["encrypted_content"] = encrypted(len(item["encrypted_content"]))
    yield {"type": "response.output_item.added", "output_index": index, "item": empty}
    match item["type"]:
        case "message":
            for content_index, part in enumerate(item["content"]):
                yield from _part(answer, part, {**place, "content_index": content_index})
        case "reasoning":
            for summary_index, part in enumerate(item["summary"]):
                yield from _summary(part, {**place, "summary_index": summary_index})
        case _:
            yield from _arguments(item, place)
    yield {"type": "response.output_item.done", "output_index": index, "item": done}


def _part(answer: Answer, part: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    refused = part["type"] == "refusal"
    empty = {"type": "refusal", "refusal": ""} if refused else output_text("")
    yield {"type": "response.content_part.added", **place, "part": empty}
    if refused:
        yield {"type": "response.refusal.delta", **place, "delta": part["refusal"]}
        yield {"type": "response.refusal.done", **place, "refusal": part["refusal"]}
    else:
        kind = "response.output_text"
        for piece in answer.pieces or ():
            yield {"type": f"{kind}.delta", **place, "delta": piece, "logprobs": []}
        yield {"type": f"{kind}.done", **place, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **place, "part": part}


def _summary(part: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    kind = "response.reasoning_summary"
    empty = {"type": "summary_text", "text": ""}
    yield {"type": f"{kind}_part.added", **place, "part": empty}
    for piece in _fragments(part["text"]):
        yield {"type": f"{kind}_text.delta", **place, "delta": piece}
    yield {"type": f"{kind}_text.done", **place, "text": part["text"]}
    yield {"type": f"{kind}_part.done", **place, "part": part}


def _arguments(item: JsonObject, place: JsonObject) -> Iterator[JsonObject]:
    kind = "response.function_call_arguments"
    for piece in _fragments(item["arguments"]):
        yield {"type": f"{kind}.delta", **place, "delta": piece}
    yield {"type": f"{kind}.done", **place, "arguments": item["arguments"], "name": item["name"]}


def _fragments(text: str) -> Sequence[str]:
    return [text[at : at + _FRAGMENT_LENGTH] for at in range(0, len(text), _FRAGMENT_LENGTH)]


def _event(payload: JsonObject) -> bytes:
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return b"event: %s\ndata: %s\n\n" % (payload["type"].encode(), data)
