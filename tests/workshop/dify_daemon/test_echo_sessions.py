"""Sessions with a real plugin: the echo plugin, run by the SDK."""

from collections.abc import Callable

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.errors import (
    AnswerTimeout,
    PluginDied,
    PluginError,
    ProtocolViolation,
    ResultRejected,
)
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    get_ai_model_schemas,
    get_llm_num_tokens,
    invoke_llm,
    validate_model_credentials,
    validate_provider_credentials,
)
from fakes.dify_daemon.session import Session

type Ask = Callable[..., Session]


def test_plugin_is_ready_after_its_first_heartbeat(echo: PluginProcess) -> None:
    assert echo.child.alive
    assert echo.configuration is not None
    assert echo.configuration["name"] == "echo"
    assert echo.wait_for_log(lambda record: record.message == "Installed model: echo")


def test_stream_arrives_in_chunks_and_in_order(echo: PluginProcess, ask: Ask) -> None:
    answer = read_llm_answer(ask(echo, "one two three ünïcode \u2028 lines"))
    assert answer.text == "one two three ünïcode \u2028 lines"
    assert answer.chunks == 6
    assert answer.models == {"echo"}
    assert answer.finish_reason == "stop"
    assert answer.usage is not None
    assert answer.usage["total_price"] == "0.5"
    assert answer.tool_calls == ()


def test_answer_without_streaming_is_one_chunk(
    echo: PluginProcess, echo_target: ModelTarget
) -> None:
    request = invoke_llm(echo_target, [user_message("one two")], LLMOptions(stream=False))
    answer = read_llm_answer(echo.open_session(request))
    assert (answer.text, answer.chunks, answer.finish_reason) == ("one two", 1, None)


def test_error_carries_the_class_name_that_dify_matches_on(echo: PluginProcess, ask: Ask) -> None:
    session = ask(echo, "!rate-limit slow down")
    assert next(session)["model"] == "echo"
    with pytest.raises(PluginError) as caught:
        next(session)
    assert caught.value.error_type == "InvokeRateLimitError"
    assert caught.value.message == "slow down"
    assert "traceback" in caught.value.details
    assert list(session) == []


def test_result_that_the_daemon_refuses_ends_the_session(echo: PluginProcess, ask: Ask) -> None:
    session = ask(echo, "!null-content")
    next(session)
    with pytest.raises(ResultRejected) as caught:
        next(session)
    assert caught.value.field == "delta.message.content"
    assert list(session) == []
    assert read_llm_answer(ask(echo, "still here")).text == "still here"


def test_fifty_concurrent_sessions_keep_their_app_ids(echo: PluginProcess, ask: Ask) -> None:
    app_ids = [None, *(f"app-{number}" for number in range(50))]
    sessions = [ask(echo, "!app-id 20", app_id=app_id) for app_id in app_ids]
    answers = [read_llm_answer(session) for session in sessions]
    assert [answer.text.split() for answer in answers] == [[str(app_id)] * 20 for app_id in app_ids]


def test_log_event_is_collected(echo: PluginProcess, ask: Ask) -> None:
    answer = read_llm_answer(ask(echo, "!log a line for the operator"))
    record = echo.wait_for_log(lambda record: "operator" in record.message)
    assert answer.text == "logged"
    assert (record.level, record.message) == ("INFO", "a line for the operator")
    assert record.timestamp > 0
    assert record in echo.log


def test_waits_are_bounded(echo: PluginProcess, ask: Ask) -> None:
    with pytest.raises(AnswerTimeout, match=r"matches after 0\.05 seconds"):
        echo.wait_for_log(lambda _: False, timeout=0.05)
    session = ask(echo, "!wait")
    next(session)
    session.wait_seconds = 0.05
    with pytest.raises(AnswerTimeout, match=r"got nothing for 0\.05 seconds"):
        next(session)


def test_stray_line_is_noise_and_harms_nothing(echo: PluginProcess, ask: Ask) -> None:
    assert read_llm_answer(ask(echo, "!print a stray line")).text == "printed"
    assert echo.noise == ["a stray line"]


def test_death_of_the_plugin_is_told_to_every_open_session(
    start_echo: Callable[[], PluginProcess], ask: Ask
) -> None:
    with start_echo() as plugin:
        sessions = [ask(plugin, "!wait") for _ in range(3)]
        for session in sessions:
            next(session)
        sessions.append(ask(plugin, "!exit 7"))
        for session in sessions:
            with pytest.raises(PluginDied, match="code 7; its stderr ends with: leaving now"):
                list(session)
        assert not plugin.child.alive
        with pytest.raises(PluginDied, match="code 7"):
            ask(plugin, "anyone there?")


def test_request_with_one_answer(echo: PluginProcess, echo_target: ModelTarget) -> None:
    def answer(request: JsonObject) -> JsonObject:
        return echo.open_session(request).result()

    accepted: JsonObject = {"result": True, "credentials": {"api_key": "right"}}
    assert answer(validate_provider_credentials("echo", {"api_key": "right"})) == accepted
    assert answer(validate_model_credentials(echo_target)) == accepted
    assert answer(get_llm_num_tokens(echo_target, [user_message("a b c")])) == {"num_tokens": 3}
    schema = answer(get_ai_model_schemas(echo_target))["model_schema"]
    assert isinstance(schema, dict)
    assert schema["model"] == "echo"
    with pytest.raises(PluginError) as caught:
        answer(validate_provider_credentials("echo", {"api_key": "wrong"}))
    assert caught.value.error_type == "CredentialsValidateFailedError"


def test_stream_is_not_one_answer(echo: PluginProcess, ask: Ask) -> None:
    with pytest.raises(ProtocolViolation, match="has 3 results where one is expected"):
        ask(echo, "one two").result()


def test_session_id_can_be_open_only_once(echo: PluginProcess, echo_target: ModelTarget) -> None:
    request = invoke_llm(echo_target, [user_message("!wait")])
    echo.open_session(request, session_id="twice")
    with pytest.raises(ValueError, match="'twice' is open"):
        echo.open_session(request, session_id="twice")


def test_session_may_end_without_a_result(echo: PluginProcess) -> None:
    # The SDK answers an action it does not know with nothing but the end.
    session = echo.open_session({"type": "model", "action": "invoke_llm "})
    with pytest.raises(ValueError, match="ended without a single chunk"):
        read_llm_answer(session)
