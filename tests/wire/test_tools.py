"""Tools on every route: definitions, calls, results, and the API that takes them."""

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.messages import assistant_message, tool_call, tool_message, user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    each_api_and_mode,
    every_mode,
    four_routes,
    raw_json,
    raw_stream,
)

WEATHER: Json = {
    "name": "weather",
    "description": "Tell the weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
CLOCK: Json = {"name": "clock", "description": "Tell the time", "parameters": {}}
TOOLS = [WEATHER, CLOCK]
CALLS: list[JsonValue] = [
    {"id": "call_1", "name": "weather", "arguments": '{"city": "Köln"}'},
    {"id": "call_2", "name": "clock", "arguments": ""},
]
EXPECTED = [
    {
        "id": "call_1",
        "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Köln"}'},
    },
    {"id": "call_2", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
]


def asked_for(tools: list[Json], route: str) -> list[Json]:
    """Return tool definitions as a request on this route has them."""
    described = [
        {**tool, "parameters": {"type": "object", "properties": {}, **parameters}}
        for tool in tools
        if isinstance(parameters := tool["parameters"], dict)
    ]
    if route.endswith("chat"):
        return [{"type": "function", "function": tool} for tool in described]
    return [{"type": "function", **tool, "strict": False} for tool in described]


@each_api_and_mode
@pytest.mark.parametrize("text", ["", "Let me look."])
def test_parallel_calls_leave_complete_in_one_chunk(
    wire: Wire, route: str, stream: bool, text: str
) -> None:
    wire.plan({"text": text, "tool_calls": CALLS})
    answer = wire.ask(wire.target(route), LLMOptions(tools=TOOLS, stream=stream))
    assert answer.text == text
    assert list(answer.tool_calls) == EXPECTED
    assert answer.finish_reasons == ("tool_calls",)
    assert wire.bodies()[0]["tools"] == asked_for(TOOLS, route)


@each_api_and_mode
@pytest.mark.parametrize("finish", ["length", "content_filter"])
def test_a_call_that_may_be_cut_off_is_never_handed_on(
    wire: Wire, route: str, stream: bool, finish: str
) -> None:
    wire.plan({"text": "Let me look.", "tool_calls": CALLS, "finish": finish})
    answer = wire.ask(wire.target(route), LLMOptions(tools=TOOLS, stream=stream))
    assert answer.tool_calls == ()
    assert answer.finish_reason == finish


@four_routes
def test_a_turn_with_results_is_carried_in_order(wire: Wire, route: str) -> None:
    messages = [
        user_message("Weather in Cologne, and the time?"),
        assistant_message(
            "Let me look.",
            [
                tool_call("call_1", "weather", '{"city": "Köln"}'),
                tool_call("call_2", "clock", "{}"),
            ],
        ),
        tool_message("call_1", "sunny"),
        tool_message("call_2", ""),
    ]
    assert wire.ask(wire.target(route), LLMOptions(tools=TOOLS), messages=messages).text
    (body,) = wire.bodies()
    if route.endswith("chat"):
        assert body["messages"] == [
            {"role": "user", "content": "Weather in Cologne, and the time?"},
            {"role": "assistant", "content": "Let me look.", "tool_calls": EXPECTED},
            {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
            {"role": "tool", "tool_call_id": "call_2", "content": ""},
        ]
    else:
        assert body["input"] == [
            {"type": "message", "role": "user", "content": "Weather in Cologne, and the time?"},
            {"type": "message", "role": "assistant", "content": "Let me look."},
            {
                "type": "function_call",
                "call_id": "call_1",
                "name": "weather",
                "arguments": '{"city": "Köln"}',
            },
            {"type": "function_call", "call_id": "call_2", "name": "clock", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
            {"type": "function_call_output", "call_id": "call_2", "output": ""},
        ]


@every_mode
@pytest.mark.parametrize("finish", ["stop", "tool_calls", "function_call"])
def test_calls_count_whatever_a_chat_answer_says_about_its_end(
    wire: Wire, stream: bool, finish: str
) -> None:
    call: Json = {"id": "c", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
    message: Json = {"role": "assistant", "content": None, "tool_calls": [{"index": 0, **call}]}
    choice: Json = {"index": 0, "finish_reason": finish}
    chunk: Json = {"choices": [{**choice, "delta": message}]}
    completion: Json = {"id": "c", "choices": [{**choice, "message": message}]}
    wire.plan(raw_stream(chunk, "[DONE]") if stream else raw_json(completion))
    options = LLMOptions(tools=TOOLS, stream=stream)
    answer = wire.ask(wire.target("openai-chat"), options)
    assert (list(answer.tool_calls), answer.finish_reason) == ([call], "tool_calls")


@every_mode
@pytest.mark.parametrize(
    ("model", "effort", "api"),
    [
        ("gpt-5.6", None, "responses"),
        ("gpt-5.6", "high", "responses"),
        ("gpt-5.6", "none", "chat"),
        ("gpt-5", "high", "chat"),
        ("gpt-4.1", None, "chat"),
    ],
)
def test_tools_with_reasoning_go_to_responses_where_chat_refuses_them(
    wire: Wire, model: str, effort: str | None, api: str, stream: bool
) -> None:
    wire.plan({"tool_calls": CALLS})
    parameters: Json = {} if effort is None else {"reasoning_effort": effort}
    options = LLMOptions(tools=TOOLS, model_parameters=parameters, stream=stream)
    target = wire.target(
        "openai-chat", model, api_protocol="auto", enable_request_metadata="enabled"
    )
    answer = wire.ask(target, options)
    assert list(answer.tool_calls) == EXPECTED
    path = "/v1/chat/completions" if api == "chat" else "/v1/responses"
    assert [request["path"] for request in wire.requests()] == [path]


def test_tools_stay_on_chat_without_reasoning_where_chat_was_chosen(wire: Wire) -> None:
    wire.plan({"tool_calls": CALLS})
    answer = wire.ask(wire.target("openai-chat", "gpt-5.6"), LLMOptions(tools=TOOLS))
    assert list(answer.tool_calls) == EXPECTED
    (body,) = wire.bodies()
    assert "messages" in body
    assert body["reasoning_effort"] == "none"
    assert any("set API protocol to Automatic" in warning for warning in wire.warnings())


def test_tools_stay_on_chat_without_reasoning_where_there_is_no_responses_api(wire: Wire) -> None:
    wire.change(deployments={"mine": "gpt-5.6-sol"})
    wire.plan({"tool_calls": CALLS})
    target = wire.target(
        "azure-chat", "mine", base_model_name="gpt-5.6-sol", openai_api_version="2024-10-21"
    )
    answer = wire.ask(target, LLMOptions(tools=TOOLS))
    assert list(answer.tool_calls) == EXPECTED
    assert wire.bodies()[0]["reasoning_effort"] == "none"


def test_one_call_at_a_time_where_that_is_chosen(wire: Wire) -> None:
    for tools in (TOOLS, None):
        options = LLMOptions(tools=tools, model_parameters={"parallel_tool_calls": False})
        wire.ask(wire.target("openai-responses"), options)
    assert [body.get("parallel_tool_calls") for body in wire.bodies()] == [False, None]


@four_routes
@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_the_tool_choice_is_sent_with_tools_alone(wire: Wire, route: str, choice: str) -> None:
    parameters: Json = {"tool_choice": choice}
    for tools in (TOOLS, None):
        options = LLMOptions(tools=tools, model_parameters=parameters)
        assert wire.ask(wire.target(route), options).text
    assert [body.get("tool_choice") for body in wire.bodies()] == [choice, None]
