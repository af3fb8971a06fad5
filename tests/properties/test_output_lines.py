"""No line that leaves the process is longer than the daemon reads, whatever an answer holds."""

import json
import logging
from pathlib import Path
from typing import override

from dify_plugin.config.logger_format import plugin_logger_handler
from dify_plugin.core.entities.message import SessionMessage
from dify_plugin.core.server.__base.response_writer import ResponseWriter
from dify_plugin.core.server.__base.writer_entities import Event
from dify_plugin.errors.model import InvokeBadRequestError
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.dify_daemon.limits import DaemonLimits
from models.daemon.bounded_output import _ShortLines, _with_short_message, put
from models.failures.failure import ServiceError
from models.llm.llm_result import to_chunks
from models.llm.reply import (
    Citation,
    ReasoningDelta,
    Reply,
    ReplyEvent,
    ReplyFinished,
    TextDelta,
    ToolCall,
    finish_with_calls,
)
from models.pricing import Pricing
from models.usage import TokenUsage
from tests.unit.endpoints import openai_at

LIMIT = DaemonLimits().line_bytes
few = settings(max_examples=20, deadline=None)
# Most are short; some are longer than a line, of characters that JSON writes in one to six bytes.
texts = st.builds(
    lambda piece, times: piece * times,
    st.sampled_from(["a", "\x01", '"', "\\", "é", "模", "😀", "<think>\n", "\n", "\x00"])
    | st.text(),
    st.sampled_from([0, 1, 1, 1, 3, 3, 90_000, 1_000_000, 6_000_000]),
).map(lambda text: text[:6_000_000])
names = st.text(max_size=20)


class Recorder(ResponseWriter):
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written: list[str] = []

    @override
    def write(self, data: str) -> None:
        self.written.append(data)

    @override
    def done(self) -> None: ...

    def lines(self) -> list[str]:
        """Return the lines, after a check that each can be read by the daemon."""
        lines = "".join(self.written).split("\n\n")
        assert lines.pop() == ""
        assert all(len(line.encode()) < LIMIT and "\n" not in line for line in lines)
        return lines


@st.composite
def events(draw: st.DrawFn) -> list[ReplyEvent]:
    calls = tuple(
        draw(st.lists(st.builds(ToolCall, names | texts, names | texts, names | texts), max_size=2))
    )
    pieces = draw(
        st.lists(st.builds(TextDelta, texts) | st.builds(ReasoningDelta, texts), max_size=3)
    )
    reply = Reply(
        id=draw(texts),
        model=draw(texts),
        content=(),
        finish_reason=draw(st.just("stop") | texts),
        usage=TokenUsage(1, 1),
        tool_calls=calls,
        citations=tuple(draw(st.lists(st.builds(Citation, texts, texts), max_size=2))),
        service_tier=draw(texts),
        system_fingerprint=draw(texts),
    )
    return [*pieces, ReplyFinished(reply)]


@few
@given(events(), st.booleans())
def test_any_answer_leaves_in_lines_that_the_daemon_reads(
    answer: list[ReplyEvent], whole: bool
) -> None:
    recorder = Recorder()
    *pieces, last = answer
    assert isinstance(last, ReplyFinished)
    try:
        finish_with_calls("tool_calls", last.reply.tool_calls)
    except ServiceError:
        return  # refused before anything is made of it
    chunks = to_chunks(
        (event for event in answer),
        model="m",
        price=Pricing(openai_at("m"), None, started=0).usage_of,
        whole=whole,
    )
    try:
        for chunk in chunks:
            put(recorder, Event.SESSION, "s", recorder.stream_object(chunk))
    except InvokeBadRequestError:
        assert whole  # in a stream, everything that can be long is split
    shown = [json.loads(line)["data"]["data"] for line in recorder.lines()]
    if not whole:
        text = "".join(chunk["delta"]["message"]["content"] for chunk in shown)
        said = "".join(piece.text for piece in pieces if isinstance(piece, TextDelta))
        assert len(text) >= len(said.replace("\x00", "").replace("\x85", ""))
    chunks.close()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names | texts, inner, max_size=3),
    max_leaves=4,
)
objects = st.dictionaries(names, json_values, max_size=3)


@few
@given(st.sampled_from(Event), objects)
def test_any_other_message_is_shortened_and_stays_a_message(
    event: Event, data: dict[str, object]
) -> None:
    recorder = Recorder()
    put(recorder, event, "s", data)
    error = SessionMessage(type=SessionMessage.Type.ERROR, data={"error_type": "E", **data})
    put(recorder, Event.SESSION, "s", error)
    first, second = map(json.loads, recorder.lines())
    assert (first["event"], first["session_id"]) == (event.value, "s")
    assert second["data"]["type"] == "error"
    assert "error_type" in second["data"]["data"]


@few
@given(st.sampled_from([SessionMessage.Type.STREAM, SessionMessage.Type.INVOKE]), objects)
def test_any_result_leaves_as_it_is_or_is_refused(
    kind: SessionMessage.Type, data: dict[str, object]
) -> None:
    recorder = Recorder()
    try:
        put(recorder, Event.SESSION, "s", SessionMessage(type=kind, data=data))
    except InvokeBadRequestError:
        assert not recorder.lines()
    else:
        assert [json.loads(line)["data"]["data"] for line in recorder.lines()] == [data]


@few
@given(texts)
def test_any_log_record_is_a_line_that_the_daemon_reads(text: str) -> None:
    record = logging.LogRecord("models", logging.INFO, "", 0, "usage %s", (text,), None)
    line = plugin_logger_handler.format(_with_short_message(record))
    assert len(line.encode()) < LIMIT
    assert json.loads(line)["event"] == "log"


def test_what_python_writes_of_a_fault_is_shortened(tmp_path: Path) -> None:
    path = tmp_path / "stderr"
    with path.open("wb") as file:
        errors = _ShortLines(file, "utf-8", "backslashreplace", line_buffering=True)
        errors.write(f"Traceback\nValueError: {'x' * 6_000_000}\n")
        errors.close()
    first, second = path.read_bytes().splitlines()
    assert first == b"Traceback"
    assert second.startswith(b"ValueError: xxx")
    assert len(second) < 10_000
