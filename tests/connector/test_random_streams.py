"""Random streams end in the right answer or in an error that says why, wherever they are cut."""

import itertools
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from latticeflow.core.dtypes import OpenResponsesModelOutput

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.replies import Reply, to_bytes
from fakes.dify_app.server import DifyServer
from integrations.aigo.run_inference import DifyError
from tests.connector.dify_events import Json
from tests.connector.random_runs import TEXTS, Run, failing_runs, runs
from tests.connector.turns import KEY, Turn, ask

# Hypothesis keeps tables of characters and constants even without a database of examples.
os.environ.setdefault(
    "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(tempfile.gettempdir()) / "hypothesis-tables")
)
FUZZ = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
# Every example is a turn over the network, so this folder has numbers of its own.
EFFORT = settings(
    max_examples=200 if FUZZ else 60,
    derandomize=not FUZZ,
    print_blob=FUZZ,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@st.composite
def wires(draw: st.DrawFn, events: list[Json]) -> list[bytes]:
    """Draw how events are written: escaped or not, with either line end, among other lines."""
    line_end = draw(st.sampled_from([b"\n", b"\r\n"]))
    escaped = draw(st.booleans())
    lines = []
    for one in events:
        between = draw(st.sampled_from([b"", b"event: ping", b": note", b"data: [DONE]", b"data:"]))
        start = draw(st.sampled_from([b"data: ", b"data:"]))
        content = json.dumps(one, ensure_ascii=escaped).encode()
        lines.append(between + line_end + start + content)
    return [line + line_end * 2 for line in lines]


@st.composite
def chunks_of(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """Cut a stream as a network may."""
    places = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    return [
        stream[start:end] for start, end in zip([0, *places], [*places, len(stream)], strict=True)
    ]


def take(server: DifyServer, chunks: list[bytes], *, lost: bool = False) -> Turn | str:
    """Return a turn, or the sentence of its error: one line that can be written."""
    app = server.serve(DifyApp(key=KEY))
    app.plan(Reply(chunks, lost=lost))
    try:
        turn = ask(app)
    except DifyError as error:
        (sentence,) = str(error).encode().decode().splitlines()
        assert sentence.strip()
        return sentence
    OpenResponsesModelOutput.model_validate_json(turn.text)
    return turn


def check(turn: Turn | str, run: Run) -> None:
    """Compare a turn with the run that it came from."""
    assert isinstance(turn, Turn), turn
    assert turn.answer == run.answer
    assert turn.tools == list(run.tools)
    assert turn.echo["conversation_id"] == "c-1"


@given(data=st.data(), run=runs())
@EFFORT
def test_a_run_gives_its_answer_and_a_cut_one_never_a_part_of_it(
    server: DifyServer, data: st.DataObject, run: Run
) -> None:
    wire = data.draw(wires(run.events))
    stream = b"".join(wire)
    between_events = list(itertools.accumulate(len(piece) for piece in wire))
    cuts = st.sampled_from(between_events) | st.integers(0, len(stream))
    cut_at = data.draw(st.none() | cuts)
    sent = stream[:cut_at]
    needed = len(b"".join(wire[: run.needed]).rstrip())
    turn = take(server, data.draw(chunks_of(sent)), lost=data.draw(st.booleans()))
    if len(sent) >= needed:
        event("whole" if cut_at is None else "cut after its end")
        check(turn, run)
    else:
        event("cut")
        assert isinstance(turn, str), "a part was taken for the whole"
        assert "ended without a terminal event" in turn


@given(data=st.data(), run=failing_runs())
@EFFORT
def test_a_run_that_fails_is_never_an_answer(
    server: DifyServer, data: st.DataObject, run: Run
) -> None:
    stream = b"".join(data.draw(wires(run.events)))
    turn = take(server, data.draw(chunks_of(stream)), lost=data.draw(st.booleans()))
    assert isinstance(turn, str)
    assert run.error in turn


_ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just(""),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
_EVENT_NAMES = """
    message agent_message message_replace message_file message_end agent_thought reasoning_chunk
    workflow_started workflow_finished workflow_paused node_started node_finished agent_log error
    human_input_required tts_message ping
""".split()  # noqa: SIM905 - a table of words
_FIELD_NAMES = """
    answer id position tool tool_input observation thought url files metadata conversation_id
    message_id task_id belongs_to status code message
""".split()  # noqa: SIM905 - a table of words
_DATA_NAMES = """
    id node_id node_type title inputs outputs status error reasoning label parent_id data reasons
    created_by
""".split()  # noqa: SIM905 - a table of words
_DATA = st.dictionaries(
    st.sampled_from(_DATA_NAMES),
    _ODD | st.sampled_from(["tool", "CALL a", "succeeded", "success"]),
    max_size=5,
)


@st.composite
def odd_events(draw: st.DrawFn) -> Json:
    """Draw an event of a known name whose fields are anything."""
    fields = draw(st.dictionaries(st.sampled_from(_FIELD_NAMES), _ODD, max_size=5))
    name = draw(st.sampled_from(_EVENT_NAMES) | _ODD)
    return {"data": draw(_DATA | _ODD), **fields, "event": name}


@given(events=st.lists(odd_events(), max_size=8), ended=st.booleans())
@EFFORT
def test_events_of_any_shape_and_order_are_an_answer_or_an_error(
    server: DifyServer, events: list[Json], ended: bool
) -> None:
    if ended:
        events = [{"event": "message", "answer": "A"}, *events, {"event": "message_end"}]
    turn = take(server, [to_bytes(events)])
    names = [one["event"] for one in events]
    event("answer" if isinstance(turn, Turn) else "error")
    if isinstance(turn, Turn):
        assert "message_end" in names
        assert "error" not in names
