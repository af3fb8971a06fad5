"""Random runs of Dify apps of every kind: the events that they send, and what they answer.

A run is drawn with its answer, so that the expectation does not come from reading its events.
"""

import json
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.connector.dify_events import END, STARTED, Json, event, say, think, workflow
from tests.connector.turns import Tool

_NAMES = ("search", "weather", "clock", "query")

# Letters of several widths, what splits lines elsewhere, what JSON gives a meaning.
_LETTERS = st.sampled_from(
    [*'ab 1\n\r\t"\\{}:;', "é", "你", "👋", "\u2028", "\x85", "\x0b", "\x0c"]
)
TEXTS = st.lists(_LETTERS, min_size=1, max_size=8).map("".join)
_SAID = TEXTS.filter(str.strip)
_ARGUMENTS = st.dictionaries(st.sampled_from(["q", "n"]), TEXTS | st.integers(), max_size=2)


@dataclass(frozen=True, slots=True)
class Run:
    """What a Dify app did.

    `events` are in their order; after the first `needed` of them the answer is known to be whole.
    A run that fails has an `error`, which its message must hold, and no end.
    """

    events: list[Json]
    needed: int
    answer: str = ""
    tools: tuple[Tool, ...] = ()
    error: str = ""


def _texts(name: str, pieces: list[str]) -> list[Json]:
    return [say(piece, name) for piece in pieces]


def _pieces(minimum: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(_SAID, min_size=minimum, max_size=4)


_NOISE = st.sampled_from(
    [
        event("tts_message", audio="AA"),
        think("t-0", thought="", tool="", tool_input=""),
        {"event": "ping"},
        {"event": "something_new", "answer": "no", "data": {"status": "failed"}},
        {"event": None, "answer": "no"},
        {"answer": "no"},
        {"event": "message", "answer": None},
        {"event": "message_file", "url": "https://a.example/a.png", "type": "image"},
        {},
    ]
)


@st.composite
def _with_noise(draw: st.DrawFn, events: list[Json]) -> list[Json]:
    """Put events that say nothing anywhere between the others, and say some things twice."""
    mixed: list[Json] = []
    for one in events:
        mixed += draw(st.lists(_NOISE, max_size=1))
        mixed.append(one)
        if one["event"] in ("agent_thought", "node_finished", "message_end"):
            mixed += [one] * draw(st.integers(0, 1))
    return mixed


@st.composite
def _chats(draw: st.DrawFn) -> Run:
    """A chatbot; text may come as `message_file`, and moderation may replace it."""
    said = draw(_pieces())
    events = [say(one, draw(st.sampled_from(["message", "message_file"]))) for one in said]
    if replacement := draw(st.none() | _SAID):
        events.append(say(replacement, "message_replace"))
        said = [replacement]
    events = draw(_with_noise([*events, END]))
    return _ended(events, "".join(said))


@st.composite
def _agents(draw: st.DrawFn) -> Run:
    """An agent by function calling: each round says something and uses tools of several names.

    The first event of a round's thought may have its tools before the text was sent.
    """
    events: list[Json] = []
    tools: list[Tool] = []
    for number in range(draw(st.integers(0, 3))):
        used = [_draw_tool(draw, name) for name in draw(_tool_names())]
        begun, *told = _enveloped(f"s-{number}", used)
        events.append(draw(st.sampled_from([begun, told[0]])))
        events += [*_texts("agent_message", draw(_pieces(0))), *told]
        tools += _as_told(used)
    last = draw(_pieces())
    events += [*_texts("agent_message", last), END]
    return _ended(draw(_with_noise(events)), "".join(last), tuple(tools))


@st.composite
def _react_agents(draw: st.DrawFn) -> Run:
    """A ReAct agent: its thoughts are streamed, its answer comes whole, and no thought follows."""
    events: list[Json] = []
    tools: list[Tool] = []
    for number in range(draw(st.integers(0, 2))):
        used = [_draw_tool(draw, draw(st.sampled_from(_NAMES)))]
        begun, *told = _enveloped(f"s-{number}", used)
        events += [begun, *_texts("agent_message", draw(_pieces(0))), *told]
        tools += _as_told(used)
    final = draw(_SAID)
    end = {**END, "metadata": {"usage": {"prompt_tokens": 9, "completion_tokens": 0}}}
    thinking = _texts("agent_message", draw(_pieces(0)))
    noisy = draw(_with_noise([*events, think("s-9"), *thinking]))
    return _ended([*noisy, *_texts("agent_message", [final]), end], final, tuple(tools))


@st.composite
def _moderated(draw: st.DrawFn) -> Run:
    """A chatflow that moderation stops while it writes; older hosts end its message, too."""
    preset = draw(_SAID)
    events = [STARTED, *_texts("message", draw(_pieces()))]
    events.append(say(preset, "message_replace", reason="output_moderation"))
    events += _texts("message", draw(_pieces(0)))  # the model was still writing
    events.append(workflow("stopped", error="Stopped by output moderation."))
    run = _ended(draw(_with_noise(events)), preset)
    return replace(run, events=run.events + [END] * draw(st.integers(0, 1)))


@st.composite
def _new_agents(draw: st.DrawFn) -> Run:
    """A New Agent: one tool a step with bare arguments that grow, and a closing message."""
    events: list[Json] = []
    tools: list[Tool] = []
    for number in range(draw(st.integers(0, 3))):
        events += _texts("agent_message", draw(_pieces(0)))
        tool = _draw_tool(draw, draw(st.sampled_from(_NAMES)))
        given = json.dumps(tool.arguments)
        step = {"key": f"s-{number}", "tool": tool.name}
        for end in (draw(st.integers(0, len(given))), len(given)):
            events.append(think(**step, tool_input=given[:end]))
        if tool.output:
            told = {**step, "tool_input": given, "observation": tool.output}
            events.append(think(**told))
        tools.append(tool if tool.output else Tool(tool.name, tool.arguments, None, "incomplete"))
    last = draw(_pieces())
    closing = say("".join(last))
    events += [*_texts("agent_message", last), *[closing] * draw(st.integers(1, 2))]
    events = draw(_with_noise([*events, END]))
    return _ended(events, "".join(last), tuple(tools))


@st.composite
def _chatflows(draw: st.DrawFn) -> Run:
    """A chatflow: its answer flows while its nodes work; its two ends come in either order."""
    events = [STARTED]
    tools: list[Tool] = []
    said = draw(_pieces())
    for number, piece in enumerate(said):
        kind = draw(st.sampled_from(["tool", "http-request", "llm", "if-else"]))
        node = {"id": f"n-{number}", "node_type": kind, "title": f"Node {number}"}
        status = draw(st.sampled_from(["succeeded", "failed"]))
        done = {**node, "status": status, "inputs": {"n": number}, "outputs": {"n": piece}}
        events += [event("node_started", data=node), say(piece), event("node_finished", data=done)]
        if kind in ("tool", "http-request"):
            output = json.dumps({"n": piece}, ensure_ascii=False) if status == "succeeded" else None
            told = "completed" if output else "incomplete"
            tools.append(Tool(f"Node {number}", {"n": number}, output, told))
    status = draw(st.sampled_from(["succeeded", "partial-succeeded"]))
    ends = [END, workflow(status)]
    events = draw(_with_noise([*events, *draw(st.permutations(ends))]))
    return _ended(events, "".join(said), tuple(tools))


@st.composite
def failing_runs(draw: st.DrawFn) -> Run:
    """A run of any kind that fails somewhere, and says so."""
    run = draw(_unmoderated())
    failures: list[tuple[Json, str]] = [
        (event("error", status=500, code="internal_server_error", message="x"), "internal_server_"),
        (workflow("failed", error="boom"), "workflow failed"),
        (workflow("stopped"), "workflow stopped"),
    ]
    if not any(one.get("event") == "workflow_finished" for one in run.events):
        waits = event("human_input_required", data={"node_title": "N"})
        failures.append((waits, "paused for human input"))
    failure, error = draw(st.sampled_from(failures))
    position = draw(st.integers(0, len(run.events)))
    events = [*run.events[:position], failure, *run.events[position:]]
    if error == "paused for human input" or draw(st.booleans()):
        events = events[: position + 1]
    return Run(events, len(events) + 1, error=error)


def runs() -> st.SearchStrategy[Run]:
    """Draw a run that ends well."""
    return _unmoderated() | _moderated()


def _unmoderated() -> st.SearchStrategy[Run]:
    return st.one_of(_chats(), _agents(), _react_agents(), _new_agents(), _chatflows())


def _ended(events: list[Json], answer: str, tools: tuple[Tool, ...] = ()) -> Run:
    """Return a run that is whole when each of its ends has come once."""
    names = [one.get("event") for one in events]
    ends = [name for name in ("message_end", "workflow_finished") if name in names]
    return Run(events, max(names.index(name) for name in ends) + 1, answer, tools)


def _tool_names() -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3)


def _draw_tool(draw: st.DrawFn, name: str) -> Tool:
    return Tool(name, draw(_ARGUMENTS), draw(st.none() | _SAID), "completed")


def _enveloped(step: str, used: list[Tool]) -> list[Json]:
    """Return the snapshots of a thought; Dify keys what tools got and gave by their names."""
    names = ";".join(tool.name for tool in used)
    given = json.dumps({tool.name: tool.arguments for tool in used})
    last = {tool.name: tool.output for tool in used}
    results = {name: output for name, output in last.items() if output is not None}
    told = {"key": step, "tool": names, "tool_input": given}
    observation = json.dumps(results) if results else ""
    return [
        think(step, tool="", tool_input=""),
        think(**told, observation=""),
        think(**told, observation=observation),
    ]


def _as_told(used: list[Tool]) -> list[Tool]:
    """Return what can be known of a thought's calls: of one tool's calls, only the last."""
    known = {tool.name: position for position, tool in enumerate(used)}
    return [
        tool
        if known[tool.name] == position and tool.output is not None
        else Tool(
            tool.name, tool.arguments if known[tool.name] == position else {}, None, "incomplete"
        )
        for position, tool in enumerate(used)
    ]
