"""Every failure is one of Dify's error classes with one readable sentence, and honest."""

import time

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    validate_model_credentials,
    validate_provider_credentials,
)
from tests.wire.calls import ask, open_call, usage_lines
from tests.wire.service import FOUR_ROUTES, Account, Json

every_route = pytest.mark.parametrize("route", FOUR_ROUTES)
every_mode = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
MAX_ATTEMPTS = 3


def failure(plugin: PluginProcess, target: ModelTarget, *, stream: bool = True) -> PluginError:
    """Make a call that fails and return how Dify hears of it."""
    with pytest.raises(PluginError) as raised:
        ask(plugin, target, LLMOptions(stream=stream))
    assert plugin.alive
    error = raised.value
    assert "\n" not in error.message
    assert "Traceback" not in error.message
    assert str(target.credentials["openai_api_key"]) not in error.message
    return error


def service_of(route: str) -> str:
    return "OpenAI: " if route.startswith("openai") else "Azure OpenAI: "


# fault, class that Dify is told, attempts, words of the sentence
REFUSALS = [
    ("rate_limit", "InvokeRateLimitError", MAX_ATTEMPTS, "(HTTP 429"),
    ("tokens_too_large", "InvokeRateLimitError", 1, "Request too large"),
    ("insufficient_quota", "InvokeRateLimitError", 1, "Add credit"),
    ("server_error", "InvokeServerUnavailableError", MAX_ATTEMPTS, "try again later"),
    ("overloaded_text", "InvokeServerUnavailableError", MAX_ATTEMPTS, "upstream connect error"),
    ("unauthorized", "InvokeAuthorizationError", 1, "(HTTP 401"),
    ("not_found", "InvokeBadRequestError", 1, "Check the "),
    ("content_filter", "InvokeBadRequestError", 1, "prompt"),
    ("context_length", "InvokeBadRequestError", 1, "Shorten the conversation"),
    ("html", "InvokeServerUnavailableError", 1, "Check that the API base URL serves"),
    ("malformed", "InvokeServerUnavailableError", 1, "the answer is not a"),
    ("disconnect", "InvokeConnectionError", MAX_ATTEMPTS, "no connection to http://127.0.0.1"),
]


@every_mode
@every_route
@pytest.mark.parametrize(
    ("fault", "error_type", "attempts", "words"), REFUSALS, ids=[row[0] for row in REFUSALS]
)
def test_a_refusal_is_told_and_repeated_only_where_that_can_help(  # noqa: PLR0913, PLR0917
    plugin: PluginProcess,
    account: Account,
    route: str,
    fault: str,
    error_type: str,
    attempts: int,
    words: str,
    stream: bool,
) -> None:
    step: Json = {"fault": fault}
    if fault not in {"html", "malformed", "disconnect"}:
        step |= {"retry_after": 0, "retry_after_ms": 5}
    account.plan(*[step] * MAX_ATTEMPTS)
    error = failure(plugin, account.target(route), stream=stream)
    assert error.error_type == error_type
    assert error.message.startswith(service_of(route))
    assert words in error.message
    assert len(account.bodies()) == attempts
    line = usage_lines(plugin)[-1]
    assert (line["error"], line["finish"], line["id"]) == (error_type, None, None)
    if "HTTP" in error.message:
        assert f"request id {line['request_id']}" in error.message


@every_mode
@every_route
@pytest.mark.parametrize("fault", ["rate_limit", "server_error", "disconnect"])
def test_a_failure_that_passes_is_not_seen(
    plugin: PluginProcess, account: Account, route: str, stream: bool, fault: str
) -> None:
    pause: Json = {} if fault == "disconnect" else {"retry_after": 0, "retry_after_ms": 5}
    account.plan({"fault": fault, **pause}, {"text": "Here it is."})
    assert ask(plugin, account.target(route), LLMOptions(stream=stream)).text == "Here it is."


@pytest.mark.parametrize(
    ("headers", "at_least"),
    [
        ({"retry_after": 1, "retry_after_ms": 0}, 1.0),
        ({"retry_after": 0, "retry_after_ms": 300}, 0.3),
    ],
    ids=["seconds", "milliseconds"],
)
def test_the_pause_that_the_service_asks_for_is_kept(
    plugin: PluginProcess, account: Account, headers: Json, at_least: float
) -> None:
    account.plan({"fault": "rate_limit", **headers}, {"text": "Here it is."})
    started = time.monotonic()
    ask(plugin, account.target("openai-chat"))
    assert time.monotonic() - started >= at_least


def test_a_pause_longer_than_a_minute_is_left_to_dify(
    plugin: PluginProcess, account: Account
) -> None:
    account.plan({"fault": "rate_limit", "retry_after": 61}, {"text": "Never seen."})
    assert failure(plugin, account.target("openai-chat")).error_type == "InvokeRateLimitError"
    assert len(account.bodies()) == 1


# fault in the middle of a stream, class, words
BREAKS = [
    ("cut", "InvokeConnectionError", "the connection broke in the middle of the answer"),
    ("malformed", "InvokeServerUnavailableError", "the answer is not a"),
    ("error_event", "InvokeServerUnavailableError", "try again later"),
]


@every_route
@pytest.mark.parametrize(("fault", "error_type", "words"), BREAKS, ids=[row[0] for row in BREAKS])
def test_a_stream_that_breaks_is_an_error_after_its_text_and_never_repeated(  # noqa: PLR0913, PLR0917
    plugin: PluginProcess, account: Account, route: str, fault: str, error_type: str, words: str
) -> None:
    account.plan({"fault": fault, "after": 8}, {"text": "Never seen."})
    call = open_call(plugin, account.target(route))
    assert next(call)["delta"]
    with pytest.raises(PluginError) as raised:
        list(call)
    assert raised.value.error_type == error_type
    assert words in raised.value.message
    assert len(account.bodies()) == 1


@pytest.mark.parametrize("route", ["openai-chat", "azure-chat"])
def test_a_chat_stream_that_just_stops_is_no_short_answer(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    body = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Half"}}]}\n\ndata: [DONE]\n\n'
    account.plan({"raw": {"headers": {"content-type": "text/event-stream"}, "body": body}})
    error = failure(plugin, account.target(route))
    assert error.error_type == "InvokeConnectionError"
    assert "the stream ended before the answer did" in error.message


@pytest.mark.parametrize("route", ["openai-responses", "azure-v1-responses"])
def test_a_responses_stream_that_just_stops_is_no_short_answer(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    body = 'data: {"type":"response.output_text.delta","delta":"Half"}\n\n'
    account.plan({"raw": {"headers": {"content-type": "text/event-stream"}, "body": body}})
    error = failure(plugin, account.target(route))
    assert error.error_type == "InvokeConnectionError"
    assert "the stream ended before the answer did" in error.message


@every_mode
@pytest.mark.parametrize("route", ["openai-responses", "azure-v1-responses"])
@pytest.mark.parametrize(
    ("step", "error_type", "words"),
    [
        (
            {"finish": "failed", "error": {"code": "server_error", "message": "It broke."}},
            "InvokeServerUnavailableError",
            "It broke. (server_error",
        ),
        (
            {"finish": "failed", "error": {"code": "rate_limit_exceeded", "message": "Slow."}},
            "InvokeRateLimitError",
            "Slow. (rate_limit_exceeded",
        ),
        ({"finish": "cancelled"}, "InvokeServerUnavailableError", "status 'cancelled'"),
    ],
    ids=["failed", "rate-limit", "cancelled"],
)
def test_a_response_that_did_not_end_well_is_an_error(  # noqa: PLR0913, PLR0917
    plugin: PluginProcess,
    account: Account,
    route: str,
    step: dict[str, JsonValue],
    error_type: str,
    words: str,
    stream: bool,
) -> None:
    account.plan({"text": "Half of", **step})
    error = failure(plugin, account.target(route), stream=stream)
    assert error.error_type == error_type
    assert words in error.message


def test_a_recorded_failed_stream_is_an_error(plugin: PluginProcess, account: Account) -> None:
    account.plan({"recording": "responses-stream-failed"})
    error = failure(plugin, account.target("openai-responses"))
    assert error.error_type == "InvokeRateLimitError"
    assert "exceeded your current quota" in error.message


@every_mode
@every_route
@pytest.mark.parametrize(
    ("finish", "words"),
    [("length", "Raise Max tokens"), ("content_filter", "content filter removed")],
)
def test_an_answer_without_any_text_is_no_success(  # noqa: PLR0913, PLR0917
    plugin: PluginProcess, account: Account, route: str, stream: bool, finish: str, words: str
) -> None:
    account.plan({"text": "", "finish": finish})
    error = failure(plugin, account.target(route), stream=stream)
    assert error.error_type == "InvokeBadRequestError"
    assert words in error.message
    line = usage_lines(plugin)[-1]
    assert (line["finish"], line["error"]) == (finish, "InvokeBadRequestError")


@every_route
def test_a_wrong_key_is_named_as_such(plugin: PluginProcess, account: Account, route: str) -> None:
    error = failure(plugin, account.target(route, openai_api_key="sk-wrong-key-of-nobody"))
    assert error.error_type == "InvokeAuthorizationError"
    assert "Check the API key in the model provider's settings." in error.message


@every_route
def test_an_unknown_model_or_deployment_is_named(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    error = failure(plugin, account.target(route, "no-such-model"))
    assert error.error_type == "InvokeBadRequestError"
    assert "Check the " in error.message


@every_route
def test_a_host_that_is_not_there_is_a_connection_error(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    path = "/openai/v1" if "v1" in route else ""
    error = failure(plugin, account.target(route, openai_api_base=f"http://127.0.0.1:9{path}"))
    assert error.error_type == "InvokeConnectionError"
    assert f"no connection to http://127.0.0.1:9{path}" in error.message
    assert "Check the API base URL and the network" in error.message


@every_route
def test_a_base_url_with_a_typo_is_named_before_any_request(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    error = failure(plugin, account.target(route, openai_api_base="htps://host.example"))
    assert error.error_type == "InvokeBadRequestError"
    assert "API base URL 'htps://host.example' is not a web address" in error.message


@every_route
def test_a_wrong_path_names_the_address(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    path = "/v3" if route.startswith("openai") else "/openai/v3"
    base = f"{account.url}{path}"
    error = failure(plugin, account.target(route, openai_api_base=base))
    assert error.error_type == "InvokeBadRequestError"
    assert "Check the API base URL: the request went to http://127.0.0.1" in error.message
    assert "/v3/" in error.message


@every_route
@pytest.mark.parametrize(
    "contents",
    [[], [""], [[{"type": "text", "data": ""}]]],
    ids=["no-message", "empty-message", "empty-part"],
)
def test_an_empty_prompt_is_refused_before_any_request(
    plugin: PluginProcess, account: Account, route: str, contents: list[JsonValue]
) -> None:
    messages: list[dict[str, JsonValue]] = [
        {"role": "user", "content": content} for content in contents
    ]
    with pytest.raises(PluginError, match="the prompt is empty") as raised:
        ask(plugin, account.target(route), messages=messages)
    assert raised.value.error_type == "InvokeBadRequestError"
    assert account.requests() == []


def test_a_parameter_out_of_range_is_an_error_that_dify_can_read(
    plugin: PluginProcess, account: Account
) -> None:
    options = LLMOptions(model_parameters={"temperature": 9})
    with pytest.raises(PluginError, match="temperature should be less than") as raised:
        ask(plugin, account.target("openai-chat"), options)
    assert raised.value.error_type == "InvokeBadRequestError"


@every_route
def test_model_credentials_are_checked_with_one_small_call(
    plugin: PluginProcess, account: Account, route: str
) -> None:
    session = plugin.open_session(validate_model_credentials(account.target(route)))
    assert session.result()["result"] is True
    (body,) = account.bodies()
    assert body.get("max_tokens", body.get("max_output_tokens")) == 16
    wrong = account.target(route, openai_api_key="sk-wrong-key-of-nobody")
    with pytest.raises(PluginError, match="Check the API key") as raised:
        plugin.open_session(validate_model_credentials(wrong)).result()
    assert raised.value.error_type == "CredentialsValidateFailedError"


@pytest.mark.parametrize(("named", "asked"), [("", "gpt-4o-mini"), ("gpt-4.1", "gpt-4.1")])
def test_provider_credentials_are_checked_with_the_model_that_was_named(
    plugin: PluginProcess, account: Account, named: str, asked: str
) -> None:
    credentials = {**account.target("openai-chat").credentials, "validate_model": named}
    session = plugin.open_session(validate_provider_credentials("openai", credentials))
    assert session.result()["result"] is True
    assert account.bodies()[0]["model"] == asked


def test_a_reasoning_model_that_spends_the_checks_tokens_still_proves_the_key(
    plugin: PluginProcess, account: Account
) -> None:
    account.plan({"text": "", "finish": "length"})
    target = account.target("openai-responses", "gpt-5")
    assert plugin.open_session(validate_model_credentials(target)).result()["result"] is True
