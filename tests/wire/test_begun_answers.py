"""Answers that had begun and failed: told as what they are, asked for once more at most, and never
where Dify has got a part already."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire, each_api_and_mode, four_routes, raw_json, raw_stream
from tests.wire.raw_server import (
    CLOSED,
    Received,
    completion,
    open_call,
    raw_server,
    streamed,
    whole,
)

BAD_REQUEST, UNAVAILABLE = "InvokeBadRequestError", "InvokeServerUnavailableError"
RATE_LIMIT, NOT_SIGNED_IN = "InvokeRateLimitError", "InvokeAuthorizationError"
NO_CONNECTION = "InvokeConnectionError"
EMPTY_CHUNK: Json = {"id": "c", "choices": [{"index": 0, "delta": {"role": "assistant"}}]}


def error_frame(route: str, error: Json, shape: str) -> Json:
    """Return an error inside a stream, in the forms that services give it."""
    if shape == "failed" and route.endswith("responses"):
        return {"type": "response.failed", "response": {"status": "failed", "error": error}}
    if shape == "flat" and route.endswith("responses"):
        return {"type": "error", **error}
    return {"error": error} if route.endswith("chat") else {"type": "error", "error": error}


# error inside a stream, class, requests
INSIDE: dict[str, tuple[Json, str, int]] = {
    "429": ({"code": 429, "message": "Slower."}, RATE_LIMIT, 2),
    "rate-limit": ({"code": "rate_limit_exceeded", "message": "Slower."}, RATE_LIMIT, 2),
    "503": ({"code": "503", "message": "Busy."}, UNAVAILABLE, 2),
    "server": ({"code": "server_error", "message": "It broke."}, UNAVAILABLE, 2),
    "quota": ({"code": "insufficient_quota", "message": "None left."}, RATE_LIMIT, 1),
    "key": ({"code": 401, "message": "Who?"}, NOT_SIGNED_IN, 1),
    "context": ({"code": "context_length_exceeded", "message": "Too long."}, BAD_REQUEST, 1),
}


@four_routes
@pytest.mark.parametrize("name", INSIDE)
def test_an_error_before_any_text_has_its_class_and_is_tried_once_more(
    wire: Wire, route: str, name: str
) -> None:
    error, error_type, requests = INSIDE[name]
    shapes = ("failed", "flat") if requests == 2 else ("failed",)
    wire.plan(*(raw_stream(EMPTY_CHUNK, error_frame(route, error, shape)) for shape in shapes))
    with pytest.raises(PluginError, match=str(error["message"])) as raised:
        wire.ask(wire.target(route))
    assert raised.value.error_type == error_type
    assert len(wire.bodies()) == requests


@four_routes
def test_an_answer_that_comes_the_second_time_is_the_answer(wire: Wire, route: str) -> None:
    error: Json = {"code": 503, "message": "Busy."}
    wire.plan(raw_stream(error_frame(route, error, "failed")), {"text": "Here it is."})
    assert wire.ask(wire.target(route)).text == "Here it is."
    assert len(wire.bodies()) == 2


FIELDS: dict[str, str] = {
    "llama": 'error: {"code": 400, "message": "the words"}\n\ndata: [DONE]\n\n',
    "llama-text": "error: the words\n\n",
    "text": 'data: {"error": "the words"}\n\n',
}


@four_routes
@pytest.mark.parametrize("name", FIELDS)
def test_an_error_of_another_form_keeps_its_words(wire: Wire, route: str, name: str) -> None:
    headers: Json = {"content-type": "text/event-stream"}
    wire.plan({"raw": {"headers": headers, "body": FIELDS[name]}})
    with pytest.raises(PluginError, match="the words") as raised:
        wire.ask(wire.target(route))
    assert raised.value.error_type == BAD_REQUEST
    assert "network" not in raised.value.message


@four_routes
def test_a_whole_answer_that_is_a_text_of_an_error_keeps_its_words(wire: Wire, route: str) -> None:
    wire.plan(raw_json({"error": "the words"}))
    with pytest.raises(PluginError, match="the words"):
        wire.ask(wire.target(route), LLMOptions(stream=False))


@each_api_and_mode
@pytest.mark.parametrize(("said", "requests"), [("false", 1), ("true", 3)])
def test_what_the_service_says_of_trying_again_is_done(
    wire: Wire, route: str, stream: bool, said: str, requests: int
) -> None:
    status = 503 if said == "false" else 400
    headers: Json = {"x-should-retry": said, "retry-after-ms": "1"}
    body = json.dumps({"error": {"message": "No."}})
    step: Json = {"raw": {"status": status, "headers": headers, "body": body}}
    wire.plan(*[step] * 3)
    with pytest.raises(PluginError):
        wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert len(wire.bodies()) == requests


WHOLE = whole(completion("Hello."))
HEADERS = WHOLE[: WHOLE.index(b"\r\n\r\n") + 4]
UNTOLD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
ONLY_ONCE = b"HTTP/1.1 200 OK\r\nX-Should-Retry: false\r\n"
BUSY_FRAME = json.dumps({"error": {"code": 503, "message": "busy"}}).encode()
# answer, requests: one more at most where nothing but the headers came, and none where a part of
# the body did or the service says so.
CUT: dict[str, tuple[Sequence[bytes | float], int]] = {
    "headers": ([HEADERS, CLOSED], 2),
    "headers-once": ([HEADERS.replace(b"HTTP/1.1 200 OK\r\n", ONLY_ONCE), CLOSED], 1),
    "length": ([WHOLE[:-40], CLOSED], 1),
    "without-a-length": ([UNTOLD + completion("Hello.")[:-40], CLOSED], 1),
    "stream-headers": ([streamed(ended=False), CLOSED], 2),
    "stream-of-nothing": ([streamed()], 2),
    "stream": ([streamed(json.dumps(EMPTY_CHUNK).encode(), ended=False), CLOSED], 1),
    "stream-that-stops": ([streamed(json.dumps(EMPTY_CHUNK).encode())], 1),
}


@pytest.mark.parametrize("protocol", ["chat", "responses"])
@pytest.mark.parametrize("name", CUT)
def test_an_answer_that_breaks_off_is_told_as_that_and_paid_once(
    plugin: PluginProcess, name: str, protocol: str
) -> None:
    sent, requests = CUT[name]
    options = LLMOptions(stream=name.startswith("stream"))
    with raw_server(lambda _: sent) as server:
        target = server.target(protocol=protocol, max_attempts="5")
        with pytest.raises(PluginError) as raised:
            read_llm_answer(open_call(plugin, target, options))
    assert raised.value.error_type == NO_CONNECTION
    words = (
        "broke before the answer",
        "broke in the middle of the answer",
        "the stream ended before the answer did",
        "sent an empty answer",
    )
    assert any(word in raised.value.message for word in words)
    assert len(server.received) == requests


@pytest.mark.parametrize(("head", "requests"), [(b"HTTP/1.1 200 OK\r\n", 2), (ONLY_ONCE, 1)])
def test_an_error_in_a_stream_is_repeated_unless_the_service_says_no(
    plugin: PluginProcess, head: bytes, requests: int
) -> None:
    sent = streamed(BUSY_FRAME).replace(b"HTTP/1.1 200 OK\r\n", head)
    with raw_server(lambda _: [sent]) as server, pytest.raises(PluginError, match="busy"):
        read_llm_answer(open_call(plugin, server.target(max_attempts="5")))
    assert len(server.received) == requests


NO_SUCH_PATH = whole(b'{"detail": "Not Found"}', status="404 Not Found")
SEARCH = LLMOptions(model_parameters={"enable_web_search": True})


def test_a_search_on_a_server_without_responses_is_told_from_the_first_call_on(
    plugin: PluginProcess,
) -> None:
    def answer(request: Received) -> Sequence[bytes]:
        return [NO_SUCH_PATH if "/responses" in request.path else whole(completion("Hello."))]

    with raw_server(answer) as server:
        target = server.target(protocol="auto")
        for _ in range(2):
            with pytest.raises(PluginError, match="web search needs the Responses API") as raised:
                read_llm_answer(open_call(plugin, target, SEARCH))
            assert raised.value.error_type == BAD_REQUEST
        # The address may be wrong as well, as long as nothing else was answered there.
        assert f"the request went to {server.url}/responses" in raised.value.message
        assert read_llm_answer(open_call(plugin, target, LLMOptions(stream=False))).text == "Hello."
        with pytest.raises(PluginError, match="web search needs the Responses API") as raised:
            read_llm_answer(open_call(plugin, target, SEARCH))
        assert "request went to" not in raised.value.message


def test_a_model_of_responses_alone_says_so_on_a_server_without_it(plugin: PluginProcess) -> None:
    with raw_server(lambda _: [NO_SUCH_PATH]) as server:
        target = replace(server.target(protocol="auto"), model="gpt-5-codex")
        with pytest.raises(PluginError, match="'gpt-5-codex' is served on the Responses API alone"):
            read_llm_answer(open_call(plugin, target))


def test_a_deployment_without_chat_on_an_old_version_says_which_version_has_responses(
    wire: Wire,
) -> None:
    # langgenius/dify-plugin-sdks#264
    message = "The chatCompletion operation does not work with the specified model, coder. Please "
    message += "choose different model and try again."
    wire.plan(raw_json({"error": {"code": "OperationNotSupported", "message": message}}, 400))
    target = wire.target(
        "azure-chat", api_protocol="auto", openai_api_version="2024-10-21", base_model_name=""
    )
    with pytest.raises(PluginError, match="the Responses API needs API version 2025-03-01"):
        wire.ask(target)
