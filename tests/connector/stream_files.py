"""The replies in `streams/` and `recorded/`: the bytes of a Dify, and what is expected of them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fakes.dify_app.replies import to_bytes
from tests.connector.dify_events import Json

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Stream:
    """One reply of Dify; `expect` is the file's own reading of it."""

    name: str
    body: bytes
    content_type: str
    expect: Json
    status: int = 200


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


def _read_recorded(path: Path) -> Stream:
    file = json.loads(path.read_text(encoding="utf-8"))
    http = file["http"]
    return Stream(
        path.stem, file["raw"].encode(), http["content_type"], file["expect"], http["status"]
    )


STREAMS = [stream for path in sorted(_FOLDER.glob("streams/*.json")) for stream in _read(path)]
RECORDED = [_read_recorded(path) for path in sorted(_FOLDER.glob("recorded/*.json"))]
ANSWERED = [stream for stream in STREAMS if "error" not in stream.expect]
FAILED = [stream for stream in STREAMS if "error" in stream.expect]


def stream_named(name: str) -> Stream:
    """Return the stream whose name begins with `name`."""
    (found,) = [stream for stream in STREAMS if stream.name.startswith(name)]
    return found


def recording_named(name: str) -> Stream:
    """Return the recording of this number."""
    (found,) = [stream for stream in RECORDED if stream.name.partition("-")[0] == name]
    return found
