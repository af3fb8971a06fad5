"""Items that a turn handed over and the next brings back: only those that the service can take."""

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import assistant_message, tool_call, tool_message, user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    every_mode,
    objects_in,
    raw_json,
    raw_stream,
    responses_routes,
)
from tests.wire.test_tools import TOOLS

REASONING: Json = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"}
TEXT: Json = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Let me look.", "annotations": []}],
}


def call(name: str, kind: str = "function_call") -> Json:
    item: Json = {"type": kind, "id": f"fc_{name}", "call_id": name, "status": "completed"}
    return {**item, "name": "clock", "arguments": "{}"}


def conversation(items: list[Json], calls: list[str], results: list[str]) -> list[Json]:
    said = assistant_message("Let me look.", [tool_call(name, "clock", "{}") for name in calls])
    said["opaque_body"] = {"responses_output": list[JsonValue](items)}
    return [user_message("x"), said, *(tool_message(name, "noon") for name in results)]


# The items, the message's calls, its results; and the types that are sent between the questions.
PLAIN = ("message", "function_call", "function_call_output")
BROUGHT_BACK: dict[str, tuple[list[Json], list[str], list[str], tuple[str, ...]]] = {
    "all of them": (
        [REASONING, TEXT, call("a")],
        ["a"],
        ["a"],
        ("reasoning", *PLAIN),
    ),
    # router-for-me/CLIProxyAPI#2368
    "a call that the app dropped": ([REASONING, call("a"), call("b")], ["a"], ["a"], PLAIN),
    "a call without its result": ([REASONING, call("a"), call("b")], ["a", "b"], ["a"], PLAIN),
    "calls of a stopped turn": ([REASONING, call("a")], ["a"], [], ("message",)),
    "a call that is not the app's": ([REASONING, call("s", "shell_call")], [], [], ("message",)),
    "a call of a name that no tool has": (
        [REASONING, call("a") | {"name": "multi_tool_use.parallel"}],
        ["a"],
        ["a"],
        PLAIN,
    ),
    "two calls of one id": (
        [REASONING, call("a"), call("a")],
        ["a", "a"],
        ["a", "a"],
        ("message", "function_call", "function_call") + ("function_call_output",) * 2,
    ),
}


@responses_routes
@pytest.mark.parametrize("kind", BROUGHT_BACK)
def test_replayed_items_hold_no_call_without_its_output(wire: Wire, route: str, kind: str) -> None:
    items, calls, results, expected = BROUGHT_BACK[kind]
    messages = [*conversation(items, calls, results), user_message("Go on.")]
    answer = wire.ask(wire.target(route, "gpt-5"), LLMOptions(tools=TOOLS), messages=messages)
    assert answer.text == "Echo: Go on."
    _, *sent, _ = objects_in(wire.bodies()[0]["input"])
    assert tuple(item["type"] for item in sent) == expected


# openai/codex#8100, on Azure; Wei-Shaw/sub2api#3138.
FOREIGN: Json = {
    "error": {
        "message": "The encrypted content gAAA...== could not be verified.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_encrypted_content",
    }
}


@every_mode
@responses_routes
def test_encrypted_reasoning_of_another_deployment_is_left_out_once(
    wire: Wire, route: str, stream: bool
) -> None:
    refusal: Json = {"field": "input.encrypted_content", "value": "gAAA", "body": FOREIGN}
    wire.change(refusals=[refusal])
    target, options = wire.target(route, "gpt-5"), LLMOptions(tools=TOOLS, stream=stream)
    messages = conversation([REASONING, TEXT, call("a")], ["a"], ["a"])
    assert wire.ask(target, options, messages=messages).text
    first, second = (objects_in(body["input"]) for body in wire.bodies())
    assert [item["type"] for item in first] == ["message", "reasoning", *PLAIN]
    assert [item["type"] for item in second] == ["message", *PLAIN]
    # Under its id the service would ask for the reasoning before it (cline/cline#12242).
    assert second == [
        {k: v for k, v in item.items() if k != "id"} for item in first[:1] + first[2:]
    ]

    # Its own reasoning is taken, and still brought back.
    own = {**REASONING, "encrypted_content": "own"}
    assert wire.ask(target, options, messages=conversation([own, call("a")], ["a"], ["a"])).text
    assert objects_in(wire.bodies()[2]["input"])[1] == own
    assert len(wire.bodies()) == 3


def test_encrypted_content_that_nobody_sent_is_refused_once(wire: Wire) -> None:
    wire.plan(raw_json(FOREIGN, 400))
    with pytest.raises(PluginError, match="could not be verified"):
        wire.ask(wire.target("azure-v1-responses", "gpt-5"))
    assert len(wire.bodies()) == 1


@every_mode
@pytest.mark.parametrize(
    ("reason", "told"),
    [("max_tool_calls", "max_tool_calls"), ("max_output_tokens", "length"), (None, "length")],
)
def test_an_incomplete_answer_with_calls_is_told_as_it_is(
    wire: Wire, stream: bool, reason: str | None, told: str
) -> None:
    response: Json = {
        "id": "r",
        "status": "incomplete",
        "incomplete_details": {"reason": reason},
        "output": [TEXT, call("a")],
    }
    end: Json = {"type": "response.incomplete", "response": response}
    wire.plan(raw_stream(end) if stream else raw_json(response))
    options = LLMOptions(tools=TOOLS, stream=stream)
    answer = wire.ask(wire.target("openai-responses"), options)
    assert (answer.text, answer.tool_calls, answer.finish_reason) == ("Let me look.", (), told)
