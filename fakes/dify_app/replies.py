"""Turns objects, refusals and recorded streams into replies as Dify sends them."""

import json

from fakes.dify_app.errors import DifyError
from fakes.dify_app.steps import Playback
from fakes.openai.errors import JSON_TYPE
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import event_pieces
from fakes.openai.wire import Ending, Reply

EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8"
PING = b"event: ping\n\n"


def json_reply(value: JsonObject, status: int = 200) -> Reply:
    """Answer with a JSON object."""
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {"content-type": JSON_TYPE, "content-length": str(len(body))}
    return Reply(status, headers, [body])


def empty_reply() -> Reply:
    """Answer that something is gone."""
    return Reply(204, {}, [])


def refusal_reply(refusal: DifyError) -> Reply:
    """Answer with an error's envelope."""
    reply = json_reply(refusal.to_json(), refusal.status)
    reply.headers |= refusal.headers
    return reply


def playback_reply(playback: Playback) -> Reply:
    """Send the bytes of an event stream, event by event unless the delivery cuts otherwise."""
    body = playback.body[: playback.cut_at]
    pieces = event_pieces(body)
    ending = Ending.COMPLETE if playback.cut_at is None else Ending.CUT
    headers = {"content-type": EVENT_STREAM_TYPE}
    return Reply(200, headers, pieces, playback.delivery, ending)


def event_piece(event: JsonObject) -> bytes:
    """Return an event as it is written: raw UTF-8, as versions of 2026 do."""
    return f"data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()
