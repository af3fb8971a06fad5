"""Every answer that was recorded of a real Dify, judged by Dify's own record of it."""

import pytest

from fakes.dify_app.apps import DifyApp
from integrations.aigo.run_inference import DifyError
from tests.connector.dify_events import Json
from tests.connector.stream_files import RECORDED, Stream
from tests.connector.test_streams import by_name, take
from tests.connector.turns import Turn

CHECKED = {
    "answer",
    "answer_without_reasoning",
    "app_id",
    "dify_end_user_id",
    "error",
    "order",
    "reasoning",
    "tools",
    "usage",
    "workflow_status",
}
JUDGED = [stream for stream in RECORDED if stream.expect]
ANSWERED = [stream for stream in JUDGED if "error" not in stream.expect]
FAILED = [stream for stream in JUDGED if "error" in stream.expect]

# The record has a reason that Dify does not send: its log alone names the limit.
NOT_SENT = {"42-agent-iteration-limit": "Dify 500 internal_server_error"}
# A run that was stopped while its model wrote is recorded with 0 tokens, which nobody counted.
NOT_COUNTED = {"17-chat-stopped", "45-agent-stopped", "154-agent-output-moderation-long"}


def test_there_are_as_many_as_were_counted() -> None:
    assert (len(RECORDED), len(ANSWERED), len(FAILED)) == (85, 57, 27)
    assert {key for stream in RECORDED for key in stream.expect} == CHECKED


def check_calls(turn: Turn, recorded: list[Json]) -> None:
    """Compare calls; what a node of a chatflow was given is not in the record."""
    told = [(tool.name, tool.output) for tool in turn.tools]
    assert told == [(call["name"], call["output"]) for call in recorded]
    for tool, call in zip(turn.tools, recorded, strict=True):
        assert call["arguments"] in (None, tool.arguments)
        assert tool.status == ("incomplete" if call["output"] is None else "completed")


@pytest.mark.parametrize("stream", ANSWERED, ids=by_name)
def test_an_answer_is_the_one_that_dify_recorded(dify: DifyApp, stream: Stream) -> None:
    expect = stream.expect
    turn = take(dify, stream)
    recorded = expect["answer" if "answer" in expect else "answer_without_reasoning"]
    assert turn.answer.strip() == recorded.strip()  # chat and agent apps record no space around it
    check_calls(turn, expect.get("tools", []))
    if "order" in expect:
        assert turn.kinds == expect["order"]
    usage = turn.output["usage"] or {}
    for name, count in expect["usage"].items():
        counted = None if stream.name in NOT_COUNTED else count
        assert usage.get(f"num_{name}_tokens") == counted
    assert expect.get("reasoning", "") in turn.part.get("reasoning", "")
    assert turn.echo.get("dify_workflow_status") == expect.get("workflow_status")
    for name, told in (("app_id", "dify_app_id"), ("dify_end_user_id", "dify_end_user_id")):
        if name in expect and expect[name].encode() in stream.body:  # else only the record has it
            assert turn.echo[told] == expect[name]


@pytest.mark.parametrize("stream", FAILED, ids=by_name)
def test_a_failure_is_the_one_that_dify_recorded(dify: DifyApp, stream: Stream) -> None:
    with pytest.raises(DifyError) as raised:
        take(dify, stream)
    recorded = stream.expect["error"].removeprefix("Run failed: ")  # how the record begins
    assert NOT_SENT.get(stream.name, recorded) in str(raised.value)


def test_an_answer_that_dify_records_as_empty_is_empty(dify: DifyApp) -> None:
    (stream,) = [stream for stream in RECORDED if not stream.expect]
    with pytest.raises(DifyError, match="empty answer"):  # a ReAct model that kept to no form
        take(dify, stream)
