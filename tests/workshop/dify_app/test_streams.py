"""The stream of each mode: which events, in which order, with the keys of recorded ones."""

import json

import pytest

from fakes.dify_app.apps import DifyApp, Mode
from fakes.dify_app.server import DifyServer
from fakes.openai.json_types import JsonObject
from tests.connector.stream_files import stream_named
from tests.workshop.dify_app.client import Turn, turn_of

TOOLS = 'tools: weather {"city": "Bern"}; clock {"tz": "Europe/Zurich"}'


def keys_of(turn: Turn) -> dict[str, tuple[set[str], set[str]]]:
    """Return the keys of each kind of event, and of its data."""
    return {event["event"]: (set(event), set(event.get("data", {}))) for event in turn.events}


@pytest.fixture
def agent(server: DifyServer) -> DifyApp:
    """A legacy agent."""
    return server.serve(DifyApp(Mode.AGENT_CHAT))


@pytest.fixture
def new_agent(server: DifyServer) -> DifyApp:
    """A New Agent."""
    return server.serve(DifyApp(Mode.AGENT))


@pytest.fixture
def chatflow(server: DifyServer) -> DifyApp:
    """A chatflow."""
    return server.serve(DifyApp(Mode.ADVANCED_CHAT))


@pytest.mark.parametrize(
    ("mode", "recorded", "kinds"),
    [
        (Mode.CHAT, "03", {"message", "message_end"}),
        (Mode.AGENT_CHAT, "01", {"agent_thought", "agent_message", "message_end"}),
        (Mode.AGENT, "01", {"agent_thought", "agent_message", "message_end"}),
        (
            Mode.ADVANCED_CHAT,
            "03",
            {
                "workflow_started",
                "node_started",
                "node_finished",
                "message",
                "message_end",
                "workflow_finished",
            },
        ),
    ],
)
def test_events_have_the_keys_of_recorded_ones(
    server: DifyServer, mode: Mode, recorded: str, kinds: set[str]
) -> None:
    turn = turn_of(server.serve(DifyApp(mode)))
    expected, found = keys_of(Turn(stream_named(recorded).body)), keys_of(turn)
    assert {kind: found[kind] for kind in kinds} == {kind: expected[kind] for kind in kinds}
    assert set(found) - kinds <= {"message"}
    for key in ("conversation_id", "message_id", "created_at", "task_id"):
        assert len({event[key] for event in turn.events}) == 1


def test_a_chatbot_sends_texts_and_counts_words(chat: DifyApp) -> None:
    turn = turn_of(chat, "say: one two three")
    assert [event["answer"] for event in turn.of("message")] == ["one", " two", " three"]
    usage = turn.events[-1]["metadata"]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (4, 3, 7)
    assert turn_of(chat, TOOLS).answer == "I have no tools."


def test_a_legacy_agent_repeats_its_answer_as_a_thought(agent: DifyApp) -> None:
    turn = turn_of(agent, "say: one two")
    recorded = Turn(stream_named("01").body)
    assert turn.kinds == recorded.kinds
    assert [event["answer"] for event in turn.of("agent_message")] == ["one", " two", ""]
    first, last = turn.of("agent_thought")
    assert first["id"] == last["id"]
    assert (first["thought"], last["thought"]) == ("", "one two")


def test_a_legacy_agent_joins_the_tools_of_one_thought(agent: DifyApp) -> None:
    turn = turn_of(agent, TOOLS)
    begun, called, observed, *_ = turn.of("agent_thought")
    assert begun["id"] == called["id"] == observed["id"]
    assert (called["tool"], called["observation"]) == ("weather;clock", "")
    arguments = {"weather": {"city": "Bern"}, "clock": {"tz": "Europe/Zurich"}}
    assert json.loads(called["tool_input"]) == arguments
    assert json.loads(observed["observation"]) == {
        name: json.dumps({"asked": asked}) for name, asked in arguments.items()
    }
    assert turn.answer.startswith("I will ask weather, clock. The tools say weather: ")
    twice = turn_of(agent, 'tools: search {"q": "a"}; search {"q": "b"}').of("agent_thought")[1]
    assert (twice["tool"], json.loads(twice["tool_input"])) == (
        "search;search",
        {"search": {"q": "b"}},
    )


def test_a_new_agent_grows_its_arguments_and_closes_with_the_whole_answer(
    new_agent: DifyApp,
) -> None:
    turn = turn_of(new_agent, 'tools: weather {"city": "Bern"}')
    assert turn.kinds == ["agent_thought", "agent_message", "message", "message_end"]
    reasoning, half, full, observed = turn.of("agent_thought")
    assert (reasoning["thought"], reasoning["tool"]) == ("I will ask weather. ", "")
    assert half["id"] == full["id"] == observed["id"] != reasoning["id"]
    assert full["tool_input"] == '{"city": "Bern"}'
    assert full["tool_input"].startswith(half["tool_input"])
    assert len(half["tool_input"]) < len(full["tool_input"])
    assert observed["observation"] == '{"asked": {"city": "Bern"}}'
    assert [event["answer"] for event in turn.of("message")] == [turn.answer]


def test_a_chatflow_tells_its_run(chatflow: DifyApp) -> None:
    turn = turn_of(chatflow, "say: one two", inputs={"city": "Bern"})
    assert turn.content.startswith(b"event: ping\n\n")
    assert turn.kinds[-2:] == ["message_end", "workflow_finished"]
    recorded = Turn(stream_named("03").body).of("workflow_started")[0]["data"]["inputs"]
    variables = turn.events[0]["data"]["inputs"]
    assert set(variables) == {*recorded, "city"}
    assert (variables["sys.app_id"], variables["sys.user_id"]) == (chatflow.id, "ann")
    finished = turn.events[-1]["data"]
    assert (finished["status"], finished["outputs"]["answer"]) == ("succeeded", "one two")
    assert len({event["workflow_run_id"] for event in turn.events if "data" in event}) == 1


def test_a_chatflow_calls_tools_as_nodes(chatflow: DifyApp) -> None:
    nodes: list[JsonObject] = [
        event["data"] for event in turn_of(chatflow, TOOLS).of("node_finished")
    ]
    assert [node["node_type"] for node in nodes] == ["start", "tool", "tool", "llm", "answer"]
    assert (nodes[1]["title"], nodes[1]["inputs"]) == ("weather", {"city": "Bern"})
    assert nodes[1]["outputs"]["json"] == [{"asked": {"city": "Bern"}}]
    assert {node["status"] for node in nodes} == {"succeeded"}


def test_text_is_raw_utf_8_with_every_line_separator(chat: DifyApp) -> None:
    text = "a\u2028b\u0085c \N{SNOWMAN}"
    turn = turn_of(chat, f"say: {text}")
    assert "a\u2028b\u0085c".encode() in turn.content
    assert turn.answer == text
