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
    body = json.dumps(value, ensure_ascii=False, indent=2).encode()
    headers = service_headers(call) | {
        "content-type": JSON_TYPE,
        "content-length": str(len(body)),
    }
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
    if isinstance(refusal.error, str):
        body = refusal.error.encode()
        headers["content-type"] = "text/plain"
    else:
        body = json.dumps({"error": refusal.error}, ensure_ascii=False, indent=2).encode()
        headers["content-type"] = JSON_TYPE
    headers |= refusal.headers
    headers["content-length"] = str(len(body))
    return Reply(refusal.status, headers, [body])


def service_headers(call: Call) -> dict[str, str]:
    """Return the headers that each service puts on all its answers."""
    if call.is_azure:
        return {
            "apim-request-id": str(uuid.uuid4()),
            "x-ms-region": "Sweden Central",
            "x-request-id": str(uuid.uuid4()),
            "x-ratelimit-limit-requests": "1000",
            "x-ratelimit-remaining-requests": "999",
            "x-ratelimit-limit-tokens": "1000000",
            "x-ratelimit-remaining-tokens": "999900",
        }
    return {
        "openai-organization": call.account.organization,
        "openai-project": call.account.project,
        "openai-version": "2020-10-01",
        "openai-processing-ms": "1",
        "x-request-id": _request_id(),
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-limit-tokens": "2000000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-remaining-tokens": "1999900",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-reset-tokens": "3ms",
    }


def _request_id() -> str:
    return f"req_{uuid.uuid4().hex}"
