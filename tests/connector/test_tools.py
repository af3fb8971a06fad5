"""The trace: calls with their own names, arguments and results, from agents and chatflows."""

from typing import Any

import pytest

from fakes.dify_app.apps import DifyApp
from tests.connector.dify_events import END, STARTED, Json, agent, say, think, workflow
from tests.connector.turns import Tool, Turn, converse

BERN = {"city": "Bern"}


def tools_of(dify: DifyApp, *steps: Json, closing: bool = False) -> list[Tool]:
    """Return the calls of an agent's turn."""
    ending = [agent("Done."), say("Done."), END] if closing else [agent("Done."), END]
    return converse(dify, [*steps, *ending]).tools


@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ('{"weather": {"city": "Bern"}}', BERN),
        ('{"weather": "{\\"city\\": \\"Bern\\"}"}', BERN),
        ('{"weather": "Bern"}', {"input": "Bern"}),
        ('{"weather": "[1]"}', {"input": "[1]"}),
        ('{"weather": 7}', {"input": 7}),
        ('{"city": "Bern"}', BERN),
        ("{}", {}),
        ("Bern", {"input": "Bern"}),
        ({"weather": BERN}, BERN),
    ],
)
def test_arguments_are_an_object_of_their_own(
    dify: DifyApp, given: object, arguments: Json
) -> None:
    step = think(tool="weather", tool_input=given, observation='{"weather": "12"}')
    assert tools_of(dify, step) == [Tool("weather", arguments, "12", "completed")]


@pytest.mark.parametrize(
    ("observed", "output"),
    [
        ('{"weather": "{\\"temp_c\\": 12}"}', '{"temp_c": 12}'),
        ('{"weather": {"temp_c": 12}}', '{"temp_c": 12}'),
        ('{"weather": ""}', ""),
        ('{"temp_c": 12}', '{"temp_c": 12}'),
        ("12 degrees", "12 degrees"),
    ],
)
def test_a_result_is_freed_of_its_envelope(dify: DifyApp, observed: str, output: str) -> None:
    step = think(tool="weather", tool_input='{"weather": {}}', observation=observed)
    assert tools_of(dify, step) == [Tool("weather", {}, output, "completed")]


def test_a_new_agent_sends_no_envelopes(dify: DifyApp) -> None:
    step = think(tool="query", tool_input='{"query": "x"}', observation='{"query": "y"}')
    assert tools_of(dify, step, closing=True) == [
        Tool("query", {"query": "x"}, '{"query": "y"}', "completed")
    ]
    assert tools_of(dify, step) == [Tool("query", {"input": "x"}, "y", "completed")]


@pytest.mark.parametrize(
    "ending",
    [
        [agent("y"), say("No.", "message_replace")],
        [agent("y"), say("y"), say("No.", "message_replace")],
        [say("y")],
        [agent("y"), say("")],
        [agent("stopped")],
    ],
)
def test_an_argument_of_a_new_agent_may_be_named_like_its_tool(
    dify: DifyApp, ending: list[Json]
) -> None:
    step = think(tool="query", tool_input='{"query": "x"}', observation="y")
    assert converse(dify, [step, *ending, END]).tools == [
        Tool("query", {"query": "x"}, "y", "completed")
    ]


def test_tools_of_one_thought_are_calls_of_their_own(dify: DifyApp) -> None:
    step = think(
        tool="weather; clock;",
        tool_input='{"weather": {"city": "Bern"}, "clock": {}}',
        observation='{"clock": "14:05"}',
    )
    assert tools_of(dify, step) == [
        Tool("weather", BERN, None, "incomplete"),
        Tool("clock", {}, "14:05", "completed"),
    ]


def test_of_two_calls_of_one_tool_only_the_last_is_known(dify: DifyApp) -> None:
    step = think(
        tool="a;b;a", tool_input='{"a": {"n": 2}, "b": {}}', observation='{"a": "2", "b": "1"}'
    )
    assert tools_of(dify, step) == [
        Tool("a", {}, None, "incomplete"),
        Tool("b", {}, "1", "completed"),
        Tool("a", {"n": 2}, "2", "completed"),
    ]


@pytest.mark.parametrize("given", [None, "", '{"city": "Be', ["x"]])
def test_what_is_not_known_is_not_made_up(dify: DifyApp, given: object) -> None:
    (tool,) = tools_of(dify, think(tool="weather", tool_input=given))
    assert (tool.arguments, tool.output, tool.status) in (
        ({}, None, "incomplete"),
        ({"input": ["x"]}, None, "incomplete"),
    )


def test_snapshots_of_a_step_are_merged_and_none_takes_anything_back(dify: DifyApp) -> None:
    steps = [
        think(tool=""),
        think(tool="weather", tool_input='{"ci'),
        think(tool="weather", tool_input='{"city": "Bern"}', observation="12"),
        think(tool="", tool_input="", observation="", thought=None),
    ]
    expected = [Tool("weather", BERN, "12", "completed")]
    assert tools_of(dify, *steps, closing=True) == expected
    assert tools_of(dify, *steps, *steps[2:], closing=True) == expected


def test_a_step_without_an_id_is_known_by_its_position(dify: DifyApp) -> None:
    steps = [
        think(None, position=1, tool="a", observation="1"),
        think(None, position=2, tool="b", observation="2"),
        think(None, position=1, tool="a", observation="one"),
    ]
    assert [(tool.name, tool.output) for tool in tools_of(dify, *steps)] == [
        ("a", "one"),
        ("b", "2"),
    ]


@pytest.mark.parametrize("tool", [None, "", ";", ["a"], {"a": 1}, 7])
def test_a_thought_without_a_tool_is_no_call(dify: DifyApp, tool: object) -> None:
    assert tools_of(dify, think(tool=tool, tool_input="{}")) == []


def node(kind: str, status: str | None = "succeeded", key: str = "", **data: Any) -> list[Json]:
    """Return the two events of a node; without a status it never finishes."""
    told = {"id": f"e-{key or kind}", "node_id": f"n-{kind}", "node_type": kind}
    told["title"] = f"The {kind}"
    finished = {"event": "node_finished", "data": {**told, "status": status, **data}}
    return [{"event": "node_started", "data": told}, *([finished] if status else [])]


def flow_of(dify: DifyApp, *events: Json, **settings: Any) -> Turn:
    """Take a turn with a chatflow."""
    return converse(dify, [STARTED, *events, say("Done."), END, workflow()], **settings)


def test_nodes_that_use_something_are_calls(dify: DifyApp) -> None:
    kinds = ["tool", "knowledge-retrieval", "http-request", "llm", "code", "if-else", "answer"]
    nodes = [node(kind, inputs={"q": "x"}, outputs={"text": "y"}) for kind in kinds]
    turn = flow_of(dify, *(event for events in nodes for event in events))
    assert turn.tools == [
        Tool(f"The {kind}", {"q": "x"}, '{"text": "y"}', "completed") for kind in kinds[:3]
    ]
    assert [item["node_id"] for item in turn.items if item["type"] == "function_call"] == [
        "n-tool",
        "n-knowledge-retrieval",
        "n-http-request",
    ]


@pytest.mark.parametrize(
    ("nodes", "names"),
    [("llm, code", ["The llm", "The code"]), ("none", []), ("tool", ["The tool"])],
)
def test_which_nodes_are_calls_can_be_chosen(dify: DifyApp, nodes: str, names: list[str]) -> None:
    events = [event for kind in ("tool", "llm", "code") for event in node(kind)]
    assert [tool.name for tool in flow_of(dify, *events, trace_nodes=nodes).tools] == names


@pytest.mark.parametrize("status", ["failed", "exception", "stopped", None])
def test_a_node_that_failed_or_never_finished_is_incomplete(
    dify: DifyApp, status: str | None
) -> None:
    turn = flow_of(dify, *node("tool", status, error="boom", outputs={"a": 1}))
    assert turn.tools == [Tool("The tool", {}, None, "incomplete")]
    assert turn.items[0].get("error") == ("boom" if status else None)


def test_the_rounds_of_an_iteration_are_calls_of_their_own(dify: DifyApp) -> None:
    rounds = [
        event
        for key in ("1", "2")
        for event in node("tool", key=key, iteration_id="i", outputs={"n": int(key)})
    ]
    events = [{"event": "iteration_started", "data": {}}, *rounds, {"event": "node_retry"}]
    assert [tool.output for tool in flow_of(dify, *events).tools] == ['{"n": 1}', '{"n": 2}']


def log(key: str, label: str, data: Json | None = None, **fields: Any) -> Json:
    """Return an entry of an agent node's log."""
    told = {"id": key, "parent_id": "round", "label": label, "data": data or {}, **fields}
    return {"event": "agent_log", "data": {"status": "success", **told}}


def called(key: str, name: str, response: str, **more: Any) -> list[Json]:
    """Return the two entries that function calling writes for a call."""
    output = {"tool_call_id": key, "tool_call_name": name, "tool_response": response, **more}
    return [
        log(key, f"CALL {name}", status="start"),
        log(key, f"CALL {name}", {"output": output}),
    ]


def test_the_calls_of_an_agent_node_are_read_from_its_log(dify: DifyApp) -> None:
    planned = [
        {"name": "search", "args": {"q": "one"}},
        {"name": "clock", "args": {}},
        {"name": "search", "args": {"q": "two"}},
    ]
    turn = flow_of(
        dify,
        log("r", "ROUND 1"),
        log("p", "gpt-4o Thought", {"tool_input": planned, "output": ""}),
        *called("a", "search", "1"),
        *called("b", "clock", "14:05"),
        *called("c", "search", "2"),
    )
    assert turn.tools == [
        Tool("search", {"q": "one"}, "1", "completed"),
        Tool("clock", {}, "14:05", "completed"),
        Tool("search", {"q": "two"}, "2", "completed"),
    ]


def test_an_agent_log_without_a_plan_tells_what_it_called_with(dify: DifyApp) -> None:
    react = {"tool_name": "search", "tool_call_args": {"q": "x"}, "output": "found"}
    turn = flow_of(
        dify,
        *called("a", "weather", "12", tool_call_input={"city": "Bern"}),
        log("b", "CALL search", react),
    )
    assert turn.tools == [
        Tool("weather", BERN, "12", "completed"),
        Tool("search", {"q": "x"}, "found", "completed"),
    ]


@pytest.mark.parametrize("status", ["start", "error"])
def test_a_logged_call_that_did_not_end_well_is_incomplete(dify: DifyApp, status: str) -> None:
    turn = flow_of(dify, log("a", "CALL x", {"output": "no"}, status=status, error="boom"))
    assert turn.tools == [Tool("x", {}, None, "incomplete")]
    assert turn.items[0]["error"] == "boom"


def test_an_agent_log_can_be_left_out(dify: DifyApp) -> None:
    assert flow_of(dify, *called("a", "x", "y"), trace_nodes="tool").tools == []
