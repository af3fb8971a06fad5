"""Calls with odd ids and indices: each gets an id of its own, stays apart, and can be answered."""

import json

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.messages import assistant_message, tool_call, tool_message, user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire, every_mode, four_routes, objects_in, raw_json, raw_stream
from tests.wire.test_tools import TOOLS


def part(name: str | None, arguments: JsonValue, **fields: JsonValue) -> Json:
    function: Json = {"arguments": arguments} if name is None else {"name": name}
    return {**fields, "function": {**function, "arguments": arguments}}


A, B = '{"city": "A"}', '{"city": "B"}'
APART = [("weather", A), ("weather", B)]
# Parts of a stream, one in each chunk, and the calls that they are.
STREAMED: dict[str, tuple[list[Json], list[tuple[str, str]]]] = {
    # ollama/ollama#15457
    "one-index-for-all": (
        [part("weather", A, index=0, id="a"), part("weather", B, index=0, id="b")],
        APART,
    ),
    # InternLM/lmdeploy#3412, as vLLM and as SGLang
    "one-index-and-empty-ids-in-fragments": (
        [
            part("weather", "", index=0, id="a"),
            part(None, A, index=0, id=""),
            part("weather", "", index=0, id="b"),
            part(None, B, index=0, id=""),
        ],
        APART,
    ),
    "one-index-and-interleaved-fragments": (
        [
            part("weather", A[:5], index=0, id="0"),
            part("weather", B[:5], index=0, id="1"),
            part(None, A[5:], index=0, id="0"),
            part(None, B[5:], index=0, id="1"),
        ],
        APART,
    ),
    "one-index-and-no-ids": (
        [part("weather", A, index=0), part("weather", B, index=0), part("clock", "{}", index=0)],
        [*APART, ("clock", "{}")],
    ),
    "index-null": (
        [
            part("weather", A[:5], index=None, id="a"),
            part(None, A[5:], index=None),
            part("weather", B, index=None, id="b"),
        ],
        APART,
    ),
    "no-index": (
        [part("weather", A[:5], id="a"), part(None, A[5:]), part("weather", {"city": "B"}, id="b")],
        APART,
    ),
    # vercel/ai#7834: Gemini
    "no-index-and-empty-ids": ([part("weather", A, id=""), part("weather", B, id="")], APART),
    "no-index-and-no-ids-in-fragments": (
        [part("weather", ""), part(None, A), part("clock", ""), part(None, "{}")],
        [("weather", A), ("clock", "{}")],
    ),
    # can1357/oh-my-pi#2055
    "equal-ids": (
        [part("weather", A, index=0, id="a"), part("weather", B, index=1, id="a")],
        APART,
    ),
    "equal-ids-without-index": (
        [part("weather", A, id="a"), part("clock", "{}", id="a")],
        [("weather", A), ("clock", "{}")],
    ),
    "numbers-as-ids": (
        [part("weather", A, index=0, id=1), part("weather", B, index=1, id=2)],
        APART,
    ),
    # vllm-project/vllm#23522; spring-projects/spring-ai#5973
    "an-id-for-each-fragment": (
        [part("weather", A[:5], index=0, id="a"), part(None, A[5:], index=0, id="b")],
        APART[:1],
    ),
    "id-and-name-in-each-fragment": (
        [part("weather", A[:5], index=0, id="a"), part("weather", A[5:], index=0, id="a")],
        APART[:1],
    ),
    # langchain-ai/langchainjs#11373
    "placeholders-as-ids-of-fragments": (
        [part("weather", A[:5], index=0, id="a"), part(None, A[5:], index=0, id="null")],
        APART[:1],
    ),
}
WHOLE = [name for name, (parts, calls) in STREAMED.items() if len(parts) == len(calls)]


def accepted(wire: Wire, found: list[Json], expected: list[tuple[str, str]]) -> None:
    """Check calls, and that a turn with their results is taken on both APIs of both services."""
    functions = [call["function"] for call in found]
    assert functions == [{"name": name, "arguments": arguments} for name, arguments in expected]
    ids = [str(call["id"]) for call in found]
    assert all(ids)
    assert len({*ids}) == len(ids)
    results = [tool_message(name, "done") for name in ids]
    messages = [user_message("x"), assistant_message("", found), *results]
    for route in ("openai-chat", "azure-v1-responses"):
        assert wire.ask(wire.target(route), LLMOptions(tools=TOOLS), messages=messages).text


@pytest.mark.parametrize("form", STREAMED)
def test_streamed_calls_stay_apart_and_get_ids(wire: Wire, form: str) -> None:
    parts, expected = STREAMED[form]
    deltas: list[Json] = [{"delta": {"tool_calls": [sent]}} for sent in parts]
    chunks: list[Json] = [{"choices": [{"index": 0, **delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    wire.plan(raw_stream(*chunks, "[DONE]"))
    answer = wire.ask(wire.target("openai-chat"), LLMOptions(tools=TOOLS))
    accepted(wire, list(answer.tool_calls), expected)


@pytest.mark.parametrize("form", WHOLE)
def test_whole_calls_stay_apart_and_get_ids(wire: Wire, form: str) -> None:
    parts, expected = STREAMED[form]
    message: Json = {"role": "assistant", "content": None, "tool_calls": list[JsonValue](parts)}
    choice: Json = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    wire.plan(raw_json({"id": "c", "choices": [choice]}))
    answer = wire.ask(wire.target("azure-chat"), LLMOptions(tools=TOOLS, stream=False))
    accepted(wire, list(answer.tool_calls), expected)


@every_mode
@pytest.mark.parametrize("ids", [(None, None), ("", ""), ("a", "a")])
def test_calls_of_a_response_get_ids(
    wire: Wire, stream: bool, ids: tuple[str | None, str | None]
) -> None:
    items: list[JsonValue] = [
        {"type": "function_call", "call_id": id, "name": "weather", "arguments": arguments}
        for id, arguments in zip(ids, (A, B), strict=True)
    ]
    response: Json = {"id": "r", "status": "completed", "output": items}
    end: Json = {"type": "response.completed", "response": response}
    wire.plan(raw_stream(end) if stream else raw_json(response))
    options = LLMOptions(tools=TOOLS, stream=stream)
    answer = wire.ask(wire.target("openai-responses"), options)
    accepted(wire, list(answer.tool_calls), APART)


def test_the_old_form_of_a_call_is_put_together(wire: Wire) -> None:
    deltas: list[Json] = [
        {"function_call": {"name": "clock", "arguments": '{"a"'}},
        {"function_call": {"arguments": ": 1}"}},
    ]
    chunks: list[Json] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "function_call"}]})
    wire.plan(raw_stream(*chunks, "[DONE]"))
    answer = wire.ask(wire.target("openai-chat"), LLMOptions(tools=TOOLS))
    accepted(wire, list(answer.tool_calls), [("clock", '{"a": 1}')])


# What an app kept of earlier turns: the ids of calls, those of the results, and which remain.
HISTORIES: dict[str, tuple[list[str], list[str], list[str]]] = {
    "empty ids": (["", ""], ["", ""], [A, B]),
    "equal ids": (["a", "a"], ["a", "a"], [A, B]),
    "one empty": (["a", ""], ["", "a"], [A, B]),
    "a call without a result": (["a", "b"], ["b"], [B]),
    "equal ids, one without a result": (["a", "a"], ["a"], [A]),
    "no result at all": (["a", "b"], [], []),
}


@four_routes
@pytest.mark.parametrize("kind", HISTORIES)
def test_earlier_calls_are_told_apart_and_paired(wire: Wire, route: str, kind: str) -> None:
    called, answered, kept = HISTORIES[kind]
    calls = [
        tool_call(id, "weather", arguments) for id, arguments in zip(called, (A, B), strict=True)
    ]
    turn = [
        user_message("x"),
        assistant_message("Let me look.", calls),
        *(tool_message(id, f"result {n}") for n, id in enumerate(answered)),
    ]
    # Twice: vendors begin to count anew in each turn.
    messages = [*turn, assistant_message("So."), *turn, user_message("Go on.")]
    answer = wire.ask(wire.target(route), LLMOptions(tools=TOOLS), messages=messages)
    assert answer.text == "Echo: Go on."
    (body,) = wire.bodies()
    sent = json.dumps(body)
    assert sent.count("Let me look.") == 2
    for arguments in (A, B):
        assert sent.count(json.dumps(arguments)) == 2 * (arguments in kept)
    pairs = [
        (item.get("call_id", item.get("tool_call_id")), item.get("output", item.get("content")))
        for item in objects_in(body.get("input", body.get("messages")))
        if "tool_call_id" in item or item.get("type") == "function_call_output"
    ]
    assert [result for _, result in pairs] == [f"result {n}" for n in range(len(answered))] * 2
