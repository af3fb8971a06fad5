"""Texts that arrive together reach Dify in one chunk; a text that comes alone waits for nobody."""

import json
import threading
from collections.abc import Iterator, Sequence

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, object_in, objects_in
from tests.wire.raw_server import LAST_CHUNK, event, open_call, raw_server, streamed

APIS = pytest.mark.parametrize("api", ["chat", "responses"])
HEAD = streamed(ended=False)


def text(api: str, words: str) -> Json:
    if api == "chat":
        return {"choices": [{"index": 0, "delta": {"content": words}}]}
    return {"type": "response.output_text.delta", "delta": words}


def thought(api: str, words: str) -> Json:
    if api == "chat":
        return {"choices": [{"index": 0, "delta": {"reasoning_content": words}}]}
    return {"type": "response.reasoning_text.delta", "delta": words}


def call(api: str) -> Sequence[Json]:
    """Return the events of a call in two pieces."""
    if api == "chat":
        parts: list[Json] = [{"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{"}}]
        rest: list[Json] = [{"index": 0, "function": {"arguments": "}"}}]
        return [
            {"choices": [{"index": 0, "delta": {"tool_calls": piece}}]}  # type: ignore[dict-item]
            for piece in (parts, rest)
        ]
    item: Json = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}
    return [{"type": "response.output_item.done", "item": item}]


def end(api: str, finish: str = "stop") -> Sequence[Json]:
    if api == "chat":
        usage: Json = {"prompt_tokens": 1, "completion_tokens": 2}
        return [
            {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
            {"choices": [], "usage": usage},
        ]
    counted: Json = {"input_tokens": 1, "output_tokens": 2}
    return [{"type": "response.completed", "response": {"status": "completed", "usage": counted}}]


def sent(*events: Json) -> bytes:
    """Return the events in chunks of their own."""
    return b"".join(event(json.dumps(said).encode()) for said in events)


def answered(
    plugin: PluginProcess, api: str, *events: Json, options: LLMOptions | None = None
) -> list[Json]:
    """Return the deltas that Dify gets of a stream that arrives at once."""
    with raw_server(lambda _: [HEAD + sent(*events) + LAST_CHUNK]) as server:
        chunks = list(open_call(plugin, server.target(protocol=api), options))
    return [object_in(chunk["delta"]) for chunk in chunks]


def said(deltas: Sequence[Json]) -> list[str]:
    return [str(object_in(delta["message"])["content"]) for delta in deltas]


@APIS
def test_a_burst_is_one_chunk_and_its_end(plugin: PluginProcess, api: str) -> None:
    words = [f"{number} " for number in range(200)]
    *texts, last = answered(plugin, api, *(text(api, word) for word in words), *end(api))
    assert said(texts) == ["".join(words)]
    assert (last["finish_reason"], bool(last["usage"])) == ("stop", True)


@APIS
def test_reasoning_and_calls_stay_apart_from_the_text(plugin: PluginProcess, api: str) -> None:
    events = [
        *(thought(api, word) for word in ("I ", "think ")),
        *(text(api, word) for word in ("I ", "look")),
        *call(api),
        *end(api, "tool_calls"),
    ]
    *texts, last = answered(plugin, api, *events)
    assert said(texts) == ["<think>\nI think ", "\n</think>\n\nI look"]
    assert last["finish_reason"] == "tool_calls"
    (called,) = objects_in(object_in(last["message"])["tool_calls"])
    assert object_in(called["function"]) == {"name": "f", "arguments": "{}"}


@APIS
def test_a_stop_word_across_two_texts_of_a_burst_ends_the_answer(
    plugin: PluginProcess, api: str
) -> None:
    events = [text(api, word) for word in ("It is ", "black. EN", "D of", " it")]
    # More words than the service applies itself.
    options = LLMOptions(stop=["END", "x1", "x2", "x3", "x4"])
    *texts, last = answered(plugin, api, *events, *end(api), options=options)
    assert said(texts) == ["It is black. "]
    assert last["finish_reason"] == "stop"


@APIS
def test_a_text_that_comes_alone_waits_for_nobody(plugin: PluginProcess, api: str) -> None:
    words = ["one ", "two ", "three "]
    read = [threading.Event() for _ in words]

    def answer(_: object) -> Iterator[bytes]:
        yield HEAD
        for word, done in zip(words, read, strict=True):
            yield sent(text(api, word))
            # The next one leaves when this has been read as a chunk of its own.
            assert done.wait(20)
        yield sent(*end(api)) + LAST_CHUNK

    with raw_server(answer) as server:
        chunks = iter(open_call(plugin, server.target(protocol=api)))
        for word, done in zip(words, read, strict=True):
            assert said([object_in(next(chunks)["delta"])]) == [word]
            done.set()
        assert object_in(next(chunks)["delta"])["finish_reason"] == "stop"


@APIS
def test_a_text_before_an_error_in_the_same_burst_is_not_lost(
    plugin: PluginProcess, api: str
) -> None:
    failed: Json = {"type": "error", "error": {"code": "server_error", "message": "It broke."}}
    got: list[Json] = []
    with raw_server(lambda _: [HEAD + sent(text(api, "Hel"), text(api, "lo"), failed)]) as server:
        session = open_call(plugin, server.target(protocol=api))
        with pytest.raises(PluginError, match="It broke"):
            got.extend(object_in(chunk["delta"]) for chunk in session)
        # Dify has a part of it: nothing is asked for again.
        assert len(server.received) == 1
    assert said(got) == ["Hello"]
