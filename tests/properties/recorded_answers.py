"""Recorded answers as JSON documents that a property may spoil, and the call that each is for."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from tests.workshop.openai.recorded import Exchange, exchanges

OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "responses",
    "/embeddings": "embeddings",
    "/moderations": "moderations",
    "/audio/transcriptions": "transcriptions",
    "/audio/speech": "speech",
    "/models": "models",
}
_KEPT = ("content-type", "x-request-id", "apim-request-id", "retry-after")

# A JSON value, or bytes that are none.
type Document = JsonValue | bytes


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """An answer; `call` is the kind of call that it is given to (`upstream.CALLS`)."""

    exchange: Exchange
    call: str

    @property
    def headers(self) -> list[str]:
        """The lines of its headers that say something about it or its body's type."""
        recorded = self.exchange.response["headers"]
        return [f"{name}: {recorded[name]}" for name in _KEPT if name in recorded]

    @property
    def status(self) -> int:
        """The status with which it came."""
        return int(self.exchange.response["status"])

    def documents(self) -> list[Document]:
        """Return the body's JSON, of a stream that of each event."""
        if not self.exchange.streamed:
            return [self.exchange.body_bytes() or self.exchange.response["body"]]
        blocks = (self.exchange.body_bytes() or b"").replace(b"\r\n", b"\n").split(b"\n\n")
        return [_document(block) for block in blocks if block]

    def body(self, documents: Sequence[Document]) -> bytes:
        """Return the body that is made of documents."""
        written = [
            each if isinstance(each, bytes) else json.dumps(each).encode() for each in documents
        ]
        if not self.exchange.streamed:
            return written[0]
        return b"".join(
            (text if isinstance(each, bytes) else b"data: " + text) + b"\n\n"
            for text, each in zip(written, documents, strict=True)
        )


def _document(block: bytes) -> Document:
    data = block.partition(b"data:")[2].strip()
    return json.loads(data) if data.startswith(b"{") else block


def _recorded() -> Iterator[RecordedAnswer]:
    for exchange in exchanges():
        path = str(exchange.request["path"])
        for end, operation in OPERATIONS.items():
            if path.endswith(end):
                call = f"{operation}-stream" if exchange.streamed else operation
                yield RecordedAnswer(exchange, call)
        if exchange.name == "chat-audio-output":
            yield RecordedAnswer(exchange, "speech-by-chat")


RECORDED = tuple(_recorded())
