"""Every failure is one of Dify's error classes with one readable sentence, and honest."""

import time

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
)
from tests.wire.ends import Json, Wire, each_api_and_mode, every_mode, four_routes, raw_stream

MAX_ATTEMPTS = 3
BAD_REQUEST, UNAVAILABLE = "InvokeBadRequestError", "InvokeServerUnavailableError"
RATE_LIMIT, NOT_SIGNED_IN = "InvokeRateLimitError", "InvokeAuthorizationError"
NO_CONNECTION = "InvokeConnectionError"
SOON: Json = {"retry_after": 0, "retry_after_ms": 5}


def failure(wire: Wire, target: ModelTarget, *, stream: bool = True) -> PluginError:
    """Make a call that fails and return how Dify hears of it."""
    with pytest.raises(PluginError) as raised:
        wire.ask(target, LLMOptions(stream=stream))
    assert wire.plugin.child.alive
    error = raised.value
    assert "\n" not in error.message
    assert "Traceback" not in error.message
    assert str(target.credentials["openai_api_key"]) not in error.message
    return error


def service_of(route: str) -> str:
    return "OpenAI: " if route.startswith("openai") else "Azure OpenAI: "


# class that Dify is told, attempts, words of the sentence
REFUSALS = {
    "rate_limit": (RATE_LIMIT, MAX_ATTEMPTS, "(HTTP 429"),
    "tokens_too_large": (RATE_LIMIT, 1, "Request too large"),
    "insufficient_quota": (RATE_LIMIT, 1, "Add credit"),
    "billing_not_active": (RATE_LIMIT, 1, "Activate the account's billing"),
    "server_error": (UNAVAILABLE, MAX_ATTEMPTS, "try again later"),
    "overloaded_text": (UNAVAILABLE, MAX_ATTEMPTS, "upstream connect error"),
    "unauthorized": (NOT_SIGNED_IN, 1, "(HTTP 401"),
    "not_found": (BAD_REQUEST, 1, "Check the "),
    "content_filter": (BAD_REQUEST, 1, "prompt"),
    "context_length": (BAD_REQUEST, 1, "Shorten the conversation"),
    "html": (UNAVAILABLE, 1, "Check that the API base URL serves"),
    "malformed": (UNAVAILABLE, 1, "the answer is not a"),
}


@each_api_and_mode
@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_is_told_and_repeated_only_where_that_can_help(
    wire: Wire, route: str, stream: bool, fault: str
) -> None:
    error_type, attempts, words = REFUSALS[fault]
    pause = {} if fault in {"html", "malformed"} else SOON
    wire.plan(*[{"fault": fault, **pause}] * MAX_ATTEMPTS)
    error = failure(wire, wire.target(route), stream=stream)
    assert error.error_type == error_type
    assert error.message.startswith(service_of(route))
    assert words in error.message
    assert len(wire.bodies()) == attempts
    line = wire.usage_lines()[-1]
    assert (line["error"], line["finish"], line["id"]) == (error_type, None, None)
    if "HTTP" in error.message:
        assert f"request id {line['request_id']}" in error.message


@each_api_and_mode
def test_failures_that_pass_are_not_seen(wire: Wire, route: str, stream: bool) -> None:
    faults: list[Json] = [{"fault": "rate_limit", **SOON}, {"fault": "server_error", **SOON}]
    wire.plan(*faults, {"text": "Here it is."})
    assert wire.ask(wire.target(route), LLMOptions(stream=stream)).text == "Here it is."


def test_a_connection_that_breaks_is_made_again(wire: Wire) -> None:
    broken: Json = {"fault": "disconnect"}
    wire.plan(broken, {"text": "Here it is."}, *[broken] * MAX_ATTEMPTS)
    assert wire.ask(wire.target("openai-chat")).text == "Here it is."
    error = failure(wire, wire.target("openai-responses"), stream=False)
    assert error.error_type == NO_CONNECTION
    assert "no connection to http://127.0.0.1" in error.message
    assert len(wire.bodies()) == 2 + MAX_ATTEMPTS


def test_the_pause_that_the_service_asks_for_is_kept(wire: Wire) -> None:
    fault: Json = {"fault": "rate_limit", "retry_after": 0, "retry_after_ms": 300}
    wire.plan(fault, {"text": "Here it is."})
    started = time.monotonic()
    wire.ask(wire.target("openai-chat"))
    assert time.monotonic() - started >= 0.3


def test_a_pause_longer_than_a_minute_is_left_to_dify(wire: Wire) -> None:
    wire.plan({"fault": "rate_limit", "retry_after": 61}, {"text": "Never seen."})
    assert failure(wire, wire.target("openai-chat")).error_type == RATE_LIMIT
    assert len(wire.bodies()) == 1


# fault in the middle of a stream, class, words
BREAKS = [
    ("cut", NO_CONNECTION, "the connection broke in the middle of the answer"),
    ("malformed", UNAVAILABLE, "the answer is not a"),
    ("error_event", UNAVAILABLE, "try again later"),
]


@four_routes
@pytest.mark.parametrize(("fault", "error_type", "words"), BREAKS, ids=[row[0] for row in BREAKS])
def test_a_stream_that_breaks_is_an_error_after_its_text_and_never_repeated(
    wire: Wire, route: str, fault: str, error_type: str, words: str
) -> None:
    wire.plan({"fault": fault, "after": 8}, {"text": "Never seen."})
    call = wire.open_call(wire.target(route))
    assert next(call)["delta"]
    with pytest.raises(PluginError) as raised:
        list(call)
    assert raised.value.error_type == error_type
    assert words in raised.value.message
    assert len(wire.bodies()) == 1


@four_routes
def test_a_stream_that_just_stops_is_no_short_answer(wire: Wire, route: str) -> None:
    if route.endswith("chat"):
        half: Json = {"id": "c", "choices": [{"index": 0, "delta": {"content": "Half"}}]}
        wire.plan(raw_stream(half))
    else:
        wire.plan(raw_stream({"type": "response.output_text.delta", "delta": "Half"}))
    error = failure(wire, wire.target(route))
    assert error.error_type == NO_CONNECTION
    assert "the stream ended before the answer did" in error.message


@every_mode
@pytest.mark.parametrize(
    ("code", "error_type", "words"),
    [
        ("server_error", UNAVAILABLE, "It broke. (server_error"),
        ("rate_limit_exceeded", RATE_LIMIT, "It broke. (rate_limit_exceeded"),
        (None, UNAVAILABLE, "status 'cancelled'"),
    ],
)
def test_a_response_that_did_not_end_well_is_an_error(
    wire: Wire, code: str | None, error_type: str, words: str, stream: bool
) -> None:
    end: Json = {"finish": "cancelled"}
    if code is not None:
        end = {"finish": "failed", "error": {"code": code, "message": "It broke."}}
    # Of a stream the half is told already; a whole answer is asked for once more.
    wire.plan(*[{"text": "Half of", **end}] * (1 if stream else 2))
    error = failure(wire, wire.target("openai-responses"), stream=stream)
    assert error.error_type == error_type
    assert words in error.message


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("route", ["azure-chat", "azure-v1-responses"])
def test_an_identity_without_its_role_is_told_the_role(
    wire: Wire, route: str, stream: bool
) -> None:
    wire.plan({"fault": "no_role"})
    error = failure(wire, wire.target(route), stream=stream)
    assert error.error_type == NOT_SIGNED_IN
    assert "Principal does not have access" in error.message
    assert "Cognitive Services OpenAI User" in error.message
    assert "API key" not in error.message
    assert len(wire.bodies()) == 1


def test_a_filtered_prompt_names_the_block_list(wire: Wire) -> None:
    wire.plan({"fault": "content_filter"})
    error = failure(wire, wire.target("azure-chat"))
    assert "self_harm (medium), custom_blocklists (our-words)." in error.message


@each_api_and_mode
@pytest.mark.parametrize(
    ("finish", "words"),
    [("length", "Raise Max tokens"), ("content_filter", "content filter removed")],
)
def test_an_answer_without_any_text_is_no_success(
    wire: Wire, route: str, stream: bool, finish: str, words: str
) -> None:
    wire.plan({"text": "", "finish": finish})
    error = failure(wire, wire.target(route), stream=stream)
    assert error.error_type == BAD_REQUEST
    assert words in error.message
    line = wire.usage_lines()[-1]
    assert (line["finish"], line["error"]) == (finish, BAD_REQUEST)


# what is written into a form, class, words; {url} is the service's address
MISTAKES = {
    "key": (
        {"openai_api_key": "sk-wrong-key-of-nobody"},
        NOT_SIGNED_IN,
        "Check the API key, and that the API base URL is where it belongs.",
    ),
    "typo": (
        {"openai_api_base": "htps://host.example"},
        BAD_REQUEST,
        "API base URL 'htps://host.example' is not a web address",
    ),
    "path": (
        {"openai_api_base": "{url}/openai/v3"},
        BAD_REQUEST,
        "Check the API base URL: the request went to {url}/openai/v3/",
    ),
}


@four_routes
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_settings_is_named(wire: Wire, route: str, mistake: str) -> None:
    written, error_type, words = MISTAKES[mistake]
    credentials = {name: value.format(url=wire.url) for name, value in written.items()}
    error = failure(wire, wire.target(route, **credentials))
    assert error.error_type == error_type
    assert words.format(url=wire.url) in error.message


@four_routes
def test_an_unknown_model_or_deployment_is_named(wire: Wire, route: str) -> None:
    error = failure(wire, wire.target(route, "no-such-model"))
    assert error.error_type == BAD_REQUEST
    assert "Check the " in error.message


def test_a_host_that_is_not_there_is_a_connection_error(wire: Wire) -> None:
    nowhere = "http://127.0.0.1:9/openai/v1"
    error = failure(wire, wire.target("azure-v1-responses", openai_api_base=nowhere))
    assert error.error_type == NO_CONNECTION
    assert f"no connection to {nowhere}" in error.message
    assert "Check the API base URL and the network" in error.message


@four_routes
@pytest.mark.parametrize(
    "contents",
    [[], [""], [[{"type": "text", "data": ""}]]],
    ids=["no-message", "empty-message", "empty-part"],
)
def test_an_empty_prompt_is_refused_before_any_request(
    wire: Wire, route: str, contents: list[JsonValue]
) -> None:
    messages: list[dict[str, JsonValue]] = [
        {"role": "user", "content": content} for content in contents
    ]
    with pytest.raises(PluginError, match="the prompt is empty") as raised:
        wire.ask(wire.target(route), messages=messages)
    assert raised.value.error_type == BAD_REQUEST
    assert wire.requests() == []


def test_a_parameter_out_of_range_is_an_error_that_dify_can_read(wire: Wire) -> None:
    options = LLMOptions(model_parameters={"temperature": 9})
    with pytest.raises(PluginError, match="temperature should be less than") as raised:
        wire.ask(wire.target("openai-chat"), options)
    assert raised.value.error_type == BAD_REQUEST
