"""Replays recorded exchanges of the real services, byte for byte."""

import base64
import json
import secrets
import string
from dataclasses import dataclass, replace
from pathlib import Path

from fakes.openai.json_types import JsonObject

DEFAULT_DIRECTORY = Path(__file__).parents[2] / "tests" / "recordings"
# The recorders decompressed and joined the bodies; these headers would now be wrong.
_TRANSPORT_HEADERS = frozenset(
    {"content-length", "content-encoding", "transfer-encoding", "connection", "date"}
)
_ID_CHARACTERS = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """A recorded response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_event_stream(self) -> bool:
        """Whether the body is a stream of server-sent events."""
        return self.headers.get("content-type", "").startswith("text/event-stream")

    @property
    def answer(self) -> JsonObject | None:
        """The JSON object that the body is, None for anything else."""
        try:
            answer = json.loads(self.body)
        except ValueError:
            return None
        return answer if isinstance(answer, dict) else None


class Recordings:
    """The recordings of one directory, each read when it is first needed."""

    def __init__(self, directory: Path = DEFAULT_DIRECTORY) -> None:
        """Replay the files of `directory`."""
        self._directory = directory
        self._exchanges: dict[str, list[RecordedResponse]] = {}

    def response(self, name: str, exchange: int) -> RecordedResponse:
        """Return a recorded response; raise LookupError when there is none of this name."""
        if name not in self._exchanges:
            path = self._directory / f"{name}.json"
            if Path(name).name != name or not path.is_file():
                raise LookupError(f"There is no recording {name!r} in {self._directory.name!r}.")
            recording = json.loads(path.read_text(encoding="utf-8"))
            self._exchanges[name] = [_parse(item["response"]) for item in recording["exchange"]]
        exchanges = self._exchanges[name]
        if not 0 <= exchange < len(exchanges):
            raise LookupError(f"Recording {name!r} has {len(exchanges)} exchanges, no {exchange}.")
        return exchanges[exchange]


def with_new_id(recorded: RecordedResponse, identifier: str) -> RecordedResponse:
    """Give the answer called `identifier` an id of its own, everywhere in the body.

    Two replays that are both stored would otherwise be the same record.
    """
    prefix, separator, rest = identifier.rpartition("-" if "-" in identifier else "_")
    new_rest = "".join(secrets.choice(_ID_CHARACTERS) for _ in rest)
    body = recorded.body.replace(identifier.encode(), f"{prefix}{separator}{new_rest}".encode())
    return replace(recorded, body=body)


def _parse(response: JsonObject) -> RecordedResponse:
    headers = {
        name.lower(): value
        for name, value in response["headers"].items()
        if name.lower() not in _TRANSPORT_HEADERS
    }
    status, body = response["status"], response.get("body")
    if "body_base64" in response:
        return RecordedResponse(status, headers, base64.b64decode(response["body_base64"]))
    if isinstance(body, dict):
        body = json.dumps(body, ensure_ascii=False, indent=2)
    return RecordedResponse(status, headers, (body or "").encode())
