"""The stream of each mode: which events, in which order, with which keys."""

import json
import time

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.dify_app.client import DifyClient
from tests.workshop.dify_app.conftest import AppFactory

COMMON = {"event", "conversation_id", "message_id", "created_at", "task_id"}
TOOLS = 'tools: weather {"city": "Bern"}; clock {"tz": "Europe/Zurich"}'


def test_a_chat_app_sends_deltas(chat: DifyClient) -> None:
    turn = chat.turn("say: one two three")
    assert turn.kinds == ["message", "message_end"]
    assert [event["answer"] for event in turn.of("message")] == ["one", " two", " three"]
    assert set(turn.events[0]) == COMMON | {"id", "answer", "from_variable_selector"}
    assert set(turn.events[-1]) == COMMON | {"id", "metadata", "files"}
    usage = turn.events[-1]["metadata"]["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (4, 3, 7)
    assert turn.events[-1]["metadata"]["retriever_resources"] == []


def test_every_event_names_the_same_turn(app: DifyClient) -> None:
    turn = app.turn()
    for key in ("conversation_id", "message_id", "created_at", "task_id"):
        assert len({event[key] for event in turn.events}) == 1


def test_an_agent_without_tools_repeats_its_answer_as_a_thought(new_app: AppFactory) -> None:
    turn = new_app(mode="agent-chat").turn("say: one two")
    assert turn.kinds == ["agent_thought", "agent_message", "agent_thought", "message_end"]
    first, last = turn.of("agent_thought")
    assert first["id"] == last["id"]
    assert (first["thought"], last["thought"]) == ("", "one two")
    assert set(first) == COMMON | {
        "id",
        "position",
        "thought",
        "observation",
        "tool",
        "tool_labels",
        "tool_input",
        "message_files",
    }
    assert [event["answer"] for event in turn.of("agent_message")] == ["one", " two", ""]


def test_an_agent_joins_the_tools_of_one_thought(new_app: AppFactory) -> None:
    turn = new_app(mode="agent-chat").turn(TOOLS)
    *tool_thoughts, _, _ = turn.of("agent_thought")
    assert [event["position"] for event in tool_thoughts] == [1, 1, 1]
    called, observed = tool_thoughts[1:]
    assert called["tool"] == "weather;clock"
    assert json.loads(called["tool_input"]) == {
        "weather": {"city": "Bern"},
        "clock": {"tz": "Europe/Zurich"},
    }
    assert called["observation"] == ""
    assert json.loads(observed["observation"]) == {
        "weather": '{"asked": {"city": "Bern"}}',
        "clock": '{"asked": {"tz": "Europe/Zurich"}}',
    }
    assert turn.events[1]["answer"] == "I will ask weather, clock. "
    assert turn.answer.startswith("I will ask weather, clock. The tools say weather: ")


def test_of_two_calls_of_one_tool_an_agent_keeps_the_last(new_app: AppFactory) -> None:
    turn = new_app(mode="agent-chat").turn('tools: search {"q": "a"}; search {"q": "b"}')
    called = turn.of("agent_thought")[1]
    assert called["tool"] == "search;search"
    assert json.loads(called["tool_input"]) == {"search": {"q": "b"}}


def test_a_new_agent_closes_with_the_whole_answer(new_app: AppFactory) -> None:
    turn = new_app(mode="agent").turn("say: one two")
    assert turn.kinds == ["agent_thought", "agent_message", "message", "message_end"]
    assert [event["answer"] for event in turn.of("agent_message")] == ["one", " two"]
    assert [event["answer"] for event in turn.of("message")] == ["one two"]


def test_a_new_agent_grows_its_arguments(new_app: AppFactory) -> None:
    turn = new_app(mode="agent").turn('tools: weather {"city": "Bern"}')
    reasoning, half, full, observed = turn.of("agent_thought")
    assert (reasoning["thought"], reasoning["tool"]) == ("I will ask weather. ", "")
    assert half["id"] == full["id"] == observed["id"] != reasoning["id"]
    assert full["tool_input"].startswith(half["tool_input"])
    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        json.loads(half["tool_input"])
    assert json.loads(full["tool_input"]) == {"city": "Bern"}
    assert observed["observation"] == '{"asked": {"city": "Bern"}}'
    assert turn.answer == 'The tools say weather: {"asked": {"city": "Bern"}}'


def test_a_chatflow_tells_its_run(new_app: AppFactory) -> None:
    client = new_app(mode="advanced-chat")
    turn = client.turn("say: one two", inputs={"city": "Bern"})
    assert turn.kinds == [
        "workflow_started",
        "node_started",
        "node_finished",
        "node_started",
        "message",
        "node_finished",
        "node_started",
        "node_finished",
        "message_end",
        "workflow_finished",
    ]
    variables = turn.events[0]["data"]["inputs"]
    assert variables["city"] == "Bern"
    assert variables["sys.app_id"] == client.app.id
    assert variables["sys.user_id"] == "ann"
    assert variables["sys.conversation_id"] == turn.conversation
    finished = turn.events[-1]["data"]
    assert (finished["status"], finished["outputs"]["answer"]) == ("succeeded", "one two")
    assert finished["created_by"]["user"] == "ann"
    assert turn.of("message")[0]["from_variable_selector"] == ["llm", "text"]
    assert len({event["workflow_run_id"] for event in turn.events if "data" in event}) == 1


def test_a_chatflow_calls_tools_as_nodes(new_app: AppFactory) -> None:
    turn = new_app(mode="advanced-chat").turn(TOOLS)
    nodes = [event["data"] for event in turn.of("node_finished")]
    assert [node["node_type"] for node in nodes] == ["start", "tool", "tool", "llm", "answer"]
    assert (nodes[1]["title"], nodes[1]["inputs"]) == ("weather", {"city": "Bern"})
    assert nodes[1]["outputs"]["json"] == [{"asked": {"city": "Bern"}}]
    assert {node["status"] for node in nodes} == {"succeeded"}


def test_a_chat_app_has_no_tools(chat: DifyClient) -> None:
    assert chat.turn(TOOLS).answer == "I have no tools."


def test_a_script_says_what_a_rule_would(new_app: AppFactory) -> None:
    step: JsonObject = {
        "text": ["It is ", "12."],
        "preface": "Let me see. ",
        "tools": [{"name": "weather", "arguments": {"city": "Bern"}, "output": "12"}],
    }
    turn = new_app(mode="agent-chat", plan=[step]).turn()
    assert turn.answer == "Let me see. It is 12."
    assert json.loads(turn.of("agent_thought")[2]["observation"]) == {"weather": "12"}


def test_text_is_raw_utf_8_with_every_line_separator(chat: DifyClient) -> None:
    text = "a\u2028b\u0085c\x0bd\x0ce \N{SNOWMAN}"
    response = chat.chat(f"say: {text}")
    assert "a\u2028b\u0085c".encode() in response.content
    assert chat.turn(f"say: {text}").answer == text


def test_a_chatflow_pings_before_it_begins(new_app: AppFactory) -> None:
    assert new_app(mode="advanced-chat").chat().content.startswith(b"event: ping\n\n")


def test_a_slow_answer_pings_while_it_waits(new_app: AppFactory) -> None:
    client = new_app(ping_ms=20)
    started = time.monotonic()
    content = client.chat("slow: 3 x 50 ms").content
    assert time.monotonic() - started >= 0.15
    assert content.count(b"event: ping\n\n") >= 4
    assert b"event: ping" not in client.chat("slow: 3 x 1 ms").content
