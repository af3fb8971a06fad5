"""What is sent for one request: bytes in any pieces, an event stream, a refusal."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fakes.openai.json_types import JsonObject

# The keep-alive has no data (docs, guides/streaming.mdx, Parse the Stream).
PING = b"event: ping\n\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer.

    `pause` seconds pass before each chunk, `silence` seconds after the last one; `lost` leaves the
    body without its end, as a broken connection does.
    """

    chunks: Iterable[bytes] = ()
    status: int = 200
    content_type: str | None = "text/event-stream; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    silence: float = 0.0
    lost: bool = False


class Refusal(Exception):  # noqa: N818 - a refusal, not a fault of this program
    """An error as Dify writes each of them (docs, guides/errors.mdx)."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Carry the three fields of the envelope."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message

    def to_reply(self, **headers: str) -> Reply:
        """Return the answer, with `headers` of a gateway in front (`retry_after` is one)."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        envelope = {"code": self.code, "message": self.message, "status": self.status}
        return json_reply(envelope, self.status, named)


def json_reply(
    value: JsonObject, status: int = 200, headers: Mapping[str, str] | None = None
) -> Reply:
    """Answer with a JSON object."""
    content = json.dumps(value, ensure_ascii=False).encode()
    return Reply((content,), status, "application/json", headers or {})


def to_bytes(events: Iterable[JsonObject]) -> bytes:
    """Return events as Dify writes them: a line of JSON in UTF-8 each (stream 03)."""
    lines = (f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events)
    return "".join(lines).encode()
