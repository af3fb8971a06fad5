"""Turns objects, event streams and refusals into replies with the headers of the service."""

import json
import uuid
from collections.abc import Callable, Sequence

from fakes.openai.call import Call
from fakes.openai.errors import JSON_TYPE, ServiceError
from fakes.openai.json_types import JsonObject
from fakes.openai.wire import PROMPTLY, Delivery, Reply

EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8"


def json_reply(
    call: Call,
    value: JsonObject,
    delivery: Delivery = PROMPTLY,
    before_end: Callable[[], None] | None = None,
) -> Reply:
    """Answer with a JSON object."""
    body = _json(value)
    headers = {"content-type": JSON_TYPE, "content-length": str(len(body))}
    headers |= service_headers(call)
    return Reply(200, headers, [body], delivery, before_end=before_end)


def stream_reply(
    call: Call,
    events: Sequence[bytes],
    delivery: Delivery = PROMPTLY,
    before_end: Callable[[], None] | None = None,
) -> Reply:
    """Answer with server-sent events, one write each unless the delivery cuts otherwise."""
    headers = service_headers(call) | {"content-type": EVENT_STREAM_TYPE}
    return Reply(200, headers, events, delivery, before_end=before_end)


def event_pieces(body: bytes) -> list[bytes]:
    """Cut a recorded event stream behind each event; the pieces joined are the same bytes."""
    *events, rest = body.split(b"\n\n")
    return [*(event + b"\n\n" for event in events), *([rest] if rest else [])]


def refusal_reply(call: Call | None, refusal: ServiceError) -> Reply:
    """Answer with an error body; `call` is None where no account was found."""
    headers = service_headers(call) if call else {"x-request-id": _request_id()}
    if isinstance(refusal.body, str):
        body, headers["content-type"] = refusal.body.encode(), "text/plain"
    else:
        body, headers["content-type"] = _json(refusal.body), JSON_TYPE
    return Reply(
        refusal.status, headers | refusal.headers | {"content-length": str(len(body))}, [body]
    )


def service_headers(call: Call) -> dict[str, str]:
    """Return what every answer carries and a client may read.

    Recordings chat-text-gpt-5-nano and azure-embeddings-then-401, which have more.
    """
    if call.is_azure:
        return {"apim-request-id": str(uuid.uuid4()), "x-request-id": str(uuid.uuid4())}
    return {
        "openai-organization": call.account.settings.organization,
        "x-request-id": _request_id(),
    }


def _json(value: JsonObject) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=2).encode()


def _request_id() -> str:
    return f"req_{uuid.uuid4().hex}"
