"""What a plugin wrote while it was driven, read after the measurement: lines and their times."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tools.bench.script import read_stamps

_MS = 1e6  # nanoseconds
_ERROR_LENGTH = 160


@dataclass(slots=True)
class Trace:
    """One session; `error` is what it ended in. Times are in nanoseconds of CLOCK_MONOTONIC."""

    sent_at: int
    ended_at: int = 0
    chunks: list[tuple[int, str]] = field(default_factory=list)
    error: str = ""

    @property
    def total_ms(self) -> float:
        """From the request to the end of the session."""
        return (self.ended_at - self.sent_at) / _MS

    @property
    def first_text_ms(self) -> float:
        """From the request to the first chunk that says something."""
        return (next(at for at, text in self.chunks if text) - self.sent_at) / _MS

    @property
    def stamps(self) -> list[int]:
        """What the deltas say, in their order."""
        return read_stamps("".join(text for _, text in self.chunks))

    @property
    def delays_ms(self) -> list[tuple[int, float]]:
        """For each delta: when it arrived, and how long after the upstream's write that was."""
        return [(at, (at - stamp) / _MS) for at, text in self.chunks for stamp in read_stamps(text)]


def read_traces(
    arrivals: Sequence[tuple[int, bytes]], sent_at: Mapping[str, int]
) -> dict[str, Trace]:
    """Return the trace of each session."""
    traces = {session: Trace(at) for session, at in sent_at.items()}
    for at, line in arrivals:
        event = json.loads(line)
        if event.get("event") != "session":
            continue
        trace, message = traces[event["session_id"]], event["data"]
        match message["type"]:
            case "stream":
                trace.chunks.append((at, _text_of(message["data"])))
            case "end":
                trace.ended_at = at
            case "error":
                error = message["data"]
                trace.error = f"{error['error_type']}: {error['message']}"[:_ERROR_LENGTH]
    return traces


def _text_of(result: dict[str, dict[str, dict[str, object]]]) -> str:
    content = result["delta"]["message"].get("content")
    return content if isinstance(content, str) else ""
