"""All 28 streams give what is expected of them, however the network cuts their bytes."""

import json

import pytest

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.replies import Reply
from integrations.aigo.run_inference import DifyError
from tests.connector.dify_events import Json
from tests.connector.stream_files import ANSWERED, FAILED, STREAMS, Stream
from tests.connector.turns import Turn, ask

CHECKED = {
    "answer",
    "answer_without_reasoning",
    "tools",
    "usage",
    "reasoning",
    "files",
    "citations",
    "order",
    "app_id",
    "dify_end_user_id",
    "annotation",
    "node_types",
    "error",
}


def by_name(stream: Stream) -> str:
    """Name a test case."""
    return stream.name


def take(dify: DifyApp, stream: Stream, size: int | None = None) -> Turn:
    """Take a turn that is answered with a stream, sent in chunks of `size` bytes."""
    size = size or len(stream.body)
    chunks = [stream.body[start : start + size] for start in range(0, len(stream.body), size)]
    dify.plan(Reply(chunks, stream.status, stream.content_type))
    return ask(dify)


def check_tools(turn: Turn, expected: list[Json]) -> None:
    """Compare calls; arguments that are not known are none."""
    told = [(tool["name"], tool["arguments"] or {}, tool["output"]) for tool in expected]
    assert [(tool.name, tool.arguments, tool.output) for tool in turn.tools] == told
    for tool, wanted in zip(turn.tools, expected, strict=True):
        done = "incomplete" if wanted["output"] is None else "completed"
        assert tool.status == wanted.get("status", done)


def check_extras(turn: Turn, expect: Json) -> None:
    """Compare what is told beside the answer."""
    usage = turn.output["usage"] or {}
    for name, count in expect.get("usage", {}).items():
        assert usage.get("total_tokens" if name == "total" else f"num_{name}_tokens") == count
    if "reasoning" in expect:
        assert turn.part["reasoning"] == expect["reasoning"]
    assert [file["url"] for file in turn.part.get("dify_files", [])] == expect.get("files", [])
    assert len(turn.part["annotations"]) == expect.get("citations", 0)
    assert turn.echo.get("dify_annotation_reply") == expect.get("annotation")
    for name in ("app_id", "dify_end_user_id"):
        if name in expect:
            assert turn.echo["dify_app_id" if name == "app_id" else name] == expect[name]


def test_there_are_as_many_as_were_counted() -> None:
    assert (len(STREAMS), len(ANSWERED), len(FAILED)) == (28, 20, 8)
    assert {key for stream in STREAMS for key in stream.expect} == CHECKED


@pytest.mark.parametrize("stream", ANSWERED, ids=by_name)
def test_a_stream_gives_its_answer(dify: DifyApp, stream: Stream) -> None:
    expect = stream.expect
    turn = take(dify, stream)
    assert turn.answer == expect.get("answer", expect.get("answer_without_reasoning"))
    if "tools" in expect or "node_types" not in expect:
        check_tools(turn, expect.get("tools", []))
    if "order" in expect:
        assert turn.kinds == expect["order"]
    check_extras(turn, expect)


@pytest.mark.parametrize("stream", FAILED, ids=by_name)
def test_a_stream_that_failed_is_an_error_that_says_why(dify: DifyApp, stream: Stream) -> None:
    with pytest.raises(DifyError) as raised:
        take(dify, stream)
    assert stream.expect["error"] in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("stream", ANSWERED, ids=by_name)
def test_the_network_may_cut_the_bytes_anywhere(dify: DifyApp, stream: Stream) -> None:
    whole = [without_times(item) for item in take(dify, stream).items]
    for size in (1, 7):
        cut = take(dify, stream, max(size, len(stream.body) // 2000))
        assert [without_times(item) for item in cut.items] == whole


def without_times(item: Json) -> str:
    """Return an item without what differs from turn to turn."""
    changing = {"user", "started_at", "finished_at", "dify_elapsed_seconds"}
    return json.dumps({key: value for key, value in item.items() if key not in changing})


def test_the_nodes_of_a_chatflow_that_use_something_are_in_its_trace(dify: DifyApp) -> None:
    (stream,) = [stream for stream in STREAMS if "node_types" in stream.expect]
    turn = take(dify, stream)
    assert [item["node_type"] for item in turn.items[:-1] if "node_type" in item] == [
        kind for kind in stream.expect["node_types"] if kind == "http-request"
    ]
    assert [tool.name for tool in turn.tools] == ["HTTP 请求", "HTTP 请求 2"]
    assert [tool.status for tool in turn.tools] == ["completed", "completed"]
    assert turn.kinds[-1] == "message"
