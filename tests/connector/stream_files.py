"""The event streams in `streams/`: the bytes that a Dify sends, and what is expected of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fakes.dify_app.replies import to_bytes
from tests.connector.dify_events import Json

_FOLDER = Path(__file__).parent / "streams"


@dataclass(frozen=True, slots=True)
class Stream:
    """One reply of Dify; `expect` is the file's own reading of it."""

    name: str
    body: bytes
    content_type: str
    expect: Json


def _read(path: Path) -> Iterator[Stream]:
    file = json.loads(path.read_text(encoding="utf-8"))
    for case in file.get("cases", [file]):
        name = path.stem if case is file else f"{path.stem[:2]}-{case['name']}"
        if "blocking" in path.stem:
            body = json.dumps(case["events"][0]).encode()
            yield Stream(name, body, "application/json", case["expect"])
        else:
            body = case["raw"].encode() if "raw" in case else to_bytes(case["events"])
            yield Stream(name, body, "text/event-stream; charset=utf-8", case["expect"])


STREAMS = [stream for path in sorted(_FOLDER.glob("*.json")) for stream in _read(path)]
ANSWERED = [stream for stream in STREAMS if "error" not in stream.expect]
FAILED = [stream for stream in STREAMS if "error" in stream.expect]


def stream_named(name: str) -> Stream:
    """Return the stream whose name begins with `name`."""
    (found,) = [stream for stream in STREAMS if stream.name.startswith(name)]
    return found
