"""The bytes of the upstream's answers, made ahead of time by the local service's own renderer."""

import json
from dataclasses import dataclass
from functools import lru_cache

from fakes.openai.app import CHAT, RESPONSES
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import Answer, Usage
from fakes.openai.text_api import ToRender
from tools.bench.script import STAMP

_APIS = {b"/chat/completions": CHAT, b"/responses": RESPONSES}
PATHS = tuple(_APIS)

_INPUT_TOKENS = 12
_UNSTAMPED = (STAMP % 0).encode()
_HEAD = (
    b"HTTP/1.1 200 OK\r\n"
    b"date: Sat, 21 Nov 2026 00:00:00 GMT\r\n"
    b"openai-version: 2020-10-01\r\n"
    b"openai-processing-ms: 1\r\n"
    b"x-request-id: req_6f0c1d5b9a7e4283b6d0c95a17e8f342\r\n"
    b"content-type: %s\r\n"
)
_STREAM_HEAD = _HEAD % b"text/event-stream; charset=utf-8" + b"transfer-encoding: chunked\r\n\r\n"
_LAST_CHUNK = b"0\r\n\r\n"
_NO_SUCH_PATH = b'{"error":{"message":"The benchmark has no such path.","code":"404"}}'
NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
    % (len(_NO_SUCH_PATH), _NO_SUCH_PATH)
)
_BODY: JsonObject = {"messages": [], "stream_options": {"include_usage": True}}
_REQUEST = ToRender(_BODY, "gpt-4o-mini-2024-07-18")


@dataclass(frozen=True, slots=True)
class StreamBytes:
    """A stream: a write for each delta, the first with all that comes before, and one for the end.

    `whole` is all of it as one write. Every stamp is 0.
    """

    deltas: tuple[bytes, ...]
    end: bytes
    whole: bytes

    def delta(self, number: int, stamp: int) -> bytes:
        """Return the write of a delta that leaves at the moment `stamp`."""
        return self.deltas[number].replace(_UNSTAMPED, b"%020d" % stamp)

    def end_after(self, stamps: list[int]) -> bytes:
        """Return the last write, which may repeat the text of all deltas."""
        text = b"".join(b"%020d" % stamp for stamp in stamps)
        return self.end.replace(_UNSTAMPED * len(stamps), text)


@lru_cache(64)
def plain_response(path: bytes) -> bytes:
    """Return an answer that is not streamed."""
    answer = Answer(text="A short answer to a short question.")
    whole = _APIS[path].render(_REQUEST, answer).whole
    body = json.dumps(whole, separators=(",", ":")).encode()
    return _HEAD % b"application/json" + b"content-length: %d\r\n\r\n%s" % (len(body), body)


@lru_cache(64)
def stream_bytes(path: bytes, deltas: int) -> StreamBytes:
    """Return a stream of so many deltas."""
    answer = Answer(
        text=(_UNSTAMPED.decode(),) * deltas, usage=Usage(input=_INPUT_TOKENS, output=deltas)
    )
    events = _APIS[path].render(_REQUEST, answer).events
    chunks = [b"%x\r\n%s\r\n" % (len(event), event) for event in events]
    first = next(number for number, chunk in enumerate(chunks) if _UNSTAMPED in chunk)
    frames = chunks[first : first + deltas]
    frames[0] = _STREAM_HEAD + b"".join(chunks[:first]) + frames[0]
    end = b"".join(chunks[first + deltas :]) + _LAST_CHUNK
    return StreamBytes(tuple(frames), end, b"".join(frames) + end)
