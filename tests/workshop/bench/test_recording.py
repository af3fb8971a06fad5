"""What a plugin wrote becomes times per session; an error is told in its own words."""

import json

import pytest
from pydantic import JsonValue

from tools.bench.errors import BenchFailure
from tools.bench.recording import read_traces
from tools.bench.stage import checked

SENT = 1_000_000_000


def line(session: str, kind: str, data: JsonValue) -> bytes:
    message: JsonValue = {"type": kind, "data": data}
    return json.dumps({"event": "session", "session_id": session, "data": message}).encode()


def chunk(text: str) -> JsonValue:
    return {"model": "m", "delta": {"index": 0, "message": {"content": text}}}


def test_times_are_counted_from_the_request_and_delays_from_the_write() -> None:
    arrivals = [
        (SENT + 1_000_000, line("a", "stream", chunk(""))),
        (SENT + 1_500_000, b'{"event":"heartbeat","session_id":null,"data":{}}'),
        (SENT + 3_000_000, line("a", "stream", chunk(f"{SENT + 2_500_000:020d}"))),
        (SENT + 4_000_000, line("b", "end", {})),
        (SENT + 9_000_000, line("a", "end", {})),
    ]
    traces = read_traces(arrivals, {"a": SENT, "b": SENT})
    assert traces["a"].first_text_ms == 3.0
    assert traces["a"].delays_ms == [(SENT + 3_000_000, 0.5)]
    assert traces["a"].total_ms == 9.0
    assert traces["b"].total_ms == 4.0


def test_an_error_has_no_time() -> None:
    error: JsonValue = {"error_type": "InvokeConnectionError", "message": "no route", "args": {}}
    (trace,) = read_traces([(SENT, line("a", "error", error))], {"a": SENT}).values()
    with pytest.raises(BenchFailure, match="InvokeConnectionError: no route"):
        checked(trace, None)
