"""The daemon ends a plugin for a line over 5 MiB: whatever an upstream or a form holds, none is."""

import json
from collections.abc import Callable, Mapping

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.raw_server import chunk, open_call, raw_server, streamed, whole

BIG = "x" * 6_000_000
CALL: Mapping[str, JsonValue] = {"id": "a", "function": {"name": "f", "arguments": "{}"}}


def body(message: Mapping[str, JsonValue], finish: str = "stop", **said: JsonValue) -> bytes:
    """Return a completion, whole and a chunk of a stream in one."""
    choice = {"index": 0, "delta": message, "message": message, "finish_reason": finish}
    return json.dumps({"id": "c", "model": "m", "choices": [choice], **said}).encode()


def called(**call: JsonValue) -> bytes:
    return body({"tool_calls": [{**CALL, **call}]}, "tool_calls")


# What is cut where it is only shown in a log, and what Dify gets whole or not at all.
CUT: Mapping[str, Callable[[], bytes]] = {
    "id": lambda: body({"content": "Hello"}, id=BIG),
    "model": lambda: body({"content": "Hello"}, model=BIG),
    "tier": lambda: body({"content": "Hello"}, service_tier=BIG),
    "fingerprint": lambda: body({"content": "Hello"}, system_fingerprint=BIG),
    "finish reason": lambda: body({"content": "Hello"}, BIG),
}
REFUSED: Mapping[str, Callable[[], bytes]] = {
    "arguments": lambda: called(function={"name": "f", "arguments": json.dumps({"a": BIG})}),
    "name": lambda: called(function={"name": BIG, "arguments": "{}"}),
    "call id": lambda: called(id=BIG),
    "calls": lambda: body(
        {"tool_calls": [{**CALL, "index": i, "id": f"c{i}"} for i in range(5_000)]}
    ),
    "100,000 calls": lambda: body({"tool_calls": [{**CALL, "index": i} for i in range(100_000)]}),
}


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("field", list(CUT))
def test_what_an_answer_is_called_may_be_of_any_length(
    plugin: PluginProcess, field: str, stream: bool
) -> None:
    said = CUT[field]()
    answer = streamed(said, b"[DONE]") if stream else whole(said)
    with raw_server(lambda _: [answer]) as server:
        session = open_call(plugin, server.target(), LLMOptions(stream=stream))
        assert read_llm_answer(session).text == "Hello"


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("field", list(REFUSED))
def test_calls_that_dify_cannot_take_are_refused_with_a_sentence(
    plugin: PluginProcess, field: str, stream: bool
) -> None:
    said = REFUSED[field]()
    answer = streamed(said, b"[DONE]") if stream else whole(said)
    with raw_server(lambda _: [answer]) as server:
        session = open_call(plugin, server.target(), LLMOptions(stream=stream))
        with pytest.raises(
            PluginError, match=r"more than (1000 tool calls, or more|100,000 objects)"
        ) as raised:
            read_llm_answer(session)
    assert raised.value.error_type == "InvokeBadRequestError"


@pytest.mark.parametrize(("letter", "written_in"), [("😀", 4), ("\x01", 6)])
def test_a_streamed_text_is_split(plugin: PluginProcess, letter: str, written_in: int) -> None:
    text = letter * (len(BIG) // written_in)
    written = text.replace("\x01", "\\u0001")
    with raw_server(lambda _: [streamed(chunk(written, "stop"), b"[DONE]")]) as server:
        got = read_llm_answer(open_call(plugin, server.target()))
    assert got.text == text


def test_a_whole_text_that_dify_cannot_take_is_refused(plugin: PluginProcess) -> None:
    """Dify reads the first chunk alone of a call that is not streamed: nothing can be split."""
    with raw_server(lambda _: [whole(body({"content": BIG}))]) as server:
        session = open_call(plugin, server.target(), LLMOptions(stream=False))
        with pytest.raises(PluginError, match="in one piece, more than Dify can take"):
            read_llm_answer(session)


def test_the_pages_of_an_answer_are_split(plugin: PluginProcess) -> None:
    pages: list[JsonValue] = [
        {"type": "url_citation", "url": f"https://example.com/{page}/{'x' * 1000}", "title": "A"}
        for page in range(6_000)
    ]
    part: JsonValue = {"type": "output_text", "text": "Hello", "annotations": pages}
    response = {"status": "completed", "output": [{"type": "message", "content": [part]}]}
    done = json.dumps({"type": "response.completed", "response": response}).encode()
    with raw_server(lambda _: [streamed(done)]) as server:
        options = LLMOptions(model_parameters={"enable_web_search": True})
        got = read_llm_answer(open_call(plugin, server.target(protocol="responses"), options))
    assert got.text.startswith("Hello\n\nSources:\n1. [A](https://example.com/0/")
    assert got.text.count("\n") == 2 + 6_000


def test_a_stop_word_that_nobody_means_is_refused(plugin: PluginProcess) -> None:
    with raw_server(lambda _: [whole(body({"content": "Hello"}))]) as server:
        session = open_call(plugin, server.target(), LLMOptions(stop=[BIG]))
        with pytest.raises(PluginError, match="use stop words of up to 1000 characters"):
            read_llm_answer(session)
    assert not server.received


@pytest.mark.parametrize("field", ["openai_api_base", "extra_headers", "proxy_url"])
def test_a_form_may_hold_anything(plugin: PluginProcess, field: str) -> None:
    with raw_server(lambda _: [whole(body({"content": "Hello"}))]) as server:
        session = open_call(plugin, server.target(**{field: f"{BIG}: ü"}))
        with pytest.raises(PluginError) as raised:
            read_llm_answer(session)
    assert raised.value.error_type == "InvokeBadRequestError"
    assert len(raised.value.message) < 10_000
    assert "write " in raised.value.message or "enter it" in raised.value.message
