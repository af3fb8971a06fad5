"""The recordings, as the tests of the local service read them."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fakes.openai.json_types import JsonObject

RECORDINGS = Path(__file__).parents[2] / "recordings"
REFUSED = 400
# The day for an account that plays a recording: some of their models have ended since.
WHEN_RECORDED = "2024-01-01"


@dataclass(frozen=True, slots=True)
class Exchange:
    """One recorded exchange."""

    name: str
    index: int
    request: JsonObject
    response: JsonObject

    @property
    def label(self) -> str:
        """The name of a test case."""
        return f"{self.name}-{self.index}"

    @property
    def step(self) -> JsonObject:
        """The step that replays it."""
        return {"recording": self.name, "exchange": self.index}

    @property
    def api(self) -> str | None:
        """The text API that was called, None for other endpoints and methods."""
        if self.request["method"] != "POST":
            return None
        path = str(self.request["path"])
        if path.endswith("/chat/completions"):
            return "chat"
        return "responses" if path.endswith("/responses") else None

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of server-sent events."""
        return "event-stream" in self.response["headers"].get("content-type", "")

    def body_bytes(self) -> bytes | None:
        """Return the body as it was sent, None where only its parsed JSON was kept."""
        if "body_base64" in self.response:
            return base64.b64decode(self.response["body_base64"])
        body = self.response["body"]
        return body.encode() if isinstance(body, str) else None


def exchanges() -> Iterator[Exchange]:
    """Yield every recorded exchange."""
    for path in sorted(RECORDINGS.glob("*.json")):
        recording = json.loads(path.read_text(encoding="utf-8"))
        for index, exchange in enumerate(recording["exchange"]):
            yield Exchange(path.stem, index, exchange["request"], exchange["response"])


def text_exchanges() -> list[Exchange]:
    """Return the exchanges of the two text APIs."""
    return [exchange for exchange in exchanges() if exchange.api]
