"""Calls take turns: none keeps the process to itself, whatever it is sent or asked."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import assistant_message, tool_call, tool_message, user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, invoke_llm
from tests.wire.ends import APP
from tests.wire.raw_server import chunk, completion, event, open_call, raw_server, streamed, whole

ROOT = Path(__file__).parents[2]
GOOD = whole(completion("Hello"))
BEGUN = streamed(chunk("Hello "), ended=False)


def piece(content: bytes) -> bytes:
    """Return bytes of a body as a chunk of it."""
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def fragment(**function: str) -> bytes:
    """Return a chunk with a fragment of a call."""
    calls = [{"index": 0, "id": "a", "function": function}]
    return json.dumps({"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}).encode()


# What an upstream may send without an end, as fast as it is read: each goes on with the one call.
ENDLESS = {
    "text": event(chunk("Hello ")) * 100,
    "text in one piece": piece((b"data: " + chunk("Hello ") + b"\n\n") * 500),
    "hidden events": event(b'{"choices": []}') * 100,
    "fragments": event(fragment(arguments="")) * 100,
    "comments": piece(b": ping\n\n" * 500),
    "empty lines": piece(b"\n" * 5_000),
    "bytes": b"1\r\n:\r\n" * 1_000,
}


@pytest.fixture(scope="module")
def one_plugin() -> Iterator[PluginProcess]:
    """A process of its own, which a fault would take all time of."""
    with PluginProcess(ROOT) as process:
        yield process


@pytest.mark.parametrize("kind", list(ENDLESS))
def test_an_upstream_that_sends_as_fast_as_it_is_read_stops_nobody(
    one_plugin: PluginProcess, kind: str
) -> None:
    answered = threading.Event()

    def sent(_: object) -> Iterator[bytes]:
        yield BEGUN
        while not answered.is_set():
            yield ENDLESS[kind]

    with raw_server(sent) as hog, raw_server(lambda _: [GOOD]) as other:
        open_call(one_plugin, hog.target())
        while not hog.received:
            threading.Event().wait(0.01)
        # It goes on until these are answered, so they were answered while it ran.
        for _ in range(3):
            session = open_call(one_plugin, other.target(), LLMOptions(stream=False))
            assert read_llm_answer(session).text == "Hello"
        answered.set()


def sent_in_one(*events: bytes) -> bytes:
    return b"".join((BEGUN, *map(event, events), event(b"[DONE]"), b"0\r\n\r\n"))


def items_of(count: int) -> bytes:
    """Return a response with items of other tools and what came of them."""
    kinds = ("mcp_call", "mcp_call_output")
    output = [{"type": kind, "call_id": f"c{n}"} for kind in kinds for n in range(count)]
    ended = {"status": "completed", "output": output}
    delta = b'{"type": "response.output_text.delta", "delta": "Hello"}'
    return sent_in_one(
        delta, json.dumps({"type": "response.completed", "response": ended}).encode()
    )


# Answers whose reading took a minute and more where each step looked at all that came before.
ANSWERS: Mapping[str, bytes] = {
    "fragments that repeat the name": sent_in_one(
        fragment(name="f", arguments='{"a": ['),
        *[fragment(name="f", arguments='{"}": "{"},' * 4)] * 10_000,
        fragment(name="f", arguments="0]}"),
        chunk("", "tool_calls"),
    ),
    "30,000 items": items_of(30_000),
    # Nothing may come before them: they would be a part of the text.
    "thoughts before JSON": streamed(
        chunk("<think>"), *[chunk("x" * 400)] * 10_000, chunk("</think>{}", "stop"), b"[DONE]"
    ),
}


@pytest.mark.parametrize("kind", list(ANSWERS))
def test_a_long_answer_is_read_in_one_pass(one_plugin: PluginProcess, kind: str) -> None:
    protocol = "responses" if "items" in kind else "chat"
    asked = {"response_format": "json_object"} if "JSON" in kind else {}
    options = LLMOptions(model_parameters=asked)
    with raw_server(lambda _: [ANSWERS[kind]]) as hog, raw_server(lambda _: [GOOD]) as other:
        begun = open_call(one_plugin, hog.target(protocol=protocol), options)
        while not hog.received:
            threading.Event().wait(0.01)
        session = open_call(one_plugin, other.target(), LLMOptions(stream=False))
        assert read_llm_answer(session).text == "Hello"
        answer = read_llm_answer(begun)
        assert answer.text or len(answer.tool_calls) == 1


def branching(width: int) -> Mapping[str, JsonValue]:
    """Return a schema each of whose definitions is any of them all."""
    names = [f"d{n}" for n in range(width)]
    any_of: JsonValue = [{"$ref": f"#/$defs/{name}"} for name in names]
    return {"anyOf": any_of, "$defs": {name: {"anyOf": any_of} for name in names}}


def many(count: int) -> Mapping[str, JsonValue]:
    """Return a schema with so many alternatives, each with another property that it demands."""
    names = [f"p{n}" for n in range(count)]
    demanding: JsonValue = {name: {"type": "string", "required": True} for name in names}
    alternatives: JsonValue = [{"properties": {n: {"const": n}}, "required": [n]} for n in names]
    return {"properties": demanding, "required": [*names], "oneOf": alternatives}


def tool(parameters: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    return {"name": "f", "description": "", "parameters": dict(parameters)}


HELLO = user_message("Hello?")
CALLS = [tool_call(f"c{n}", "f", "{}") for n in range(10_000)]
PROMPTS: Mapping[str, tuple[Sequence[Mapping[str, JsonValue]], LLMOptions]] = {
    "unclosed think tags": ([assistant_message("<think>\n" * 200_000), HELLO], LLMOptions()),
    "calls of one turn": (
        [assistant_message("", CALLS), *(tool_message(f"c{n}", "") for n in range(10_000)), HELLO],
        LLMOptions(),
    ),
    "a schema that branches": ([HELLO], LLMOptions(tools=[tool(branching(12))])),
    "a schema with many members": ([HELLO], LLMOptions(tools=[tool(many(10_000))])),
    "spaces in more parameters": (
        [HELLO],
        LLMOptions(model_parameters={"more_parameters": f"json_schema = {' ' * 300_000}x"}),
    ),
    "long stop words": ([HELLO], LLMOptions(stop=["a" * 999 + "b"] * 100)),
}


@pytest.mark.parametrize("kind", list(PROMPTS))
def test_a_long_prompt_is_read_in_one_pass(one_plugin: PluginProcess, kind: str) -> None:
    messages, options = PROMPTS[kind]
    answer = streamed(*[chunk("aaaa")] * 100, chunk("", "stop"), b"[DONE]")
    with raw_server(lambda _: [answer]) as hog, raw_server(lambda _: [GOOD]) as other:
        begun = one_plugin.open_session(
            invoke_llm(hog.target(), list(messages), options), app_id=APP
        )
        session = open_call(one_plugin, other.target(), LLMOptions(stream=False))
        assert read_llm_answer(session).text == "Hello"
        assert read_llm_answer(begun).text == "aaaa" * 100
