"""A developer's plugin connects to a host by TCP, registers, and serves as it does over stdio."""

from pathlib import Path

import pytest

from fakes.child_process import ChildProcess
from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.debugging_host import DebuggingHost
from fakes.dify_daemon.errors import ProtocolViolation
from fakes.dify_daemon.plugin_process import start_plugin
from fakes.dify_daemon.requests import invoke_llm
from tests.wire.ends import APP, CONVERSATION, Wire

ROOT = Path(__file__).parents[2]
KEY = "debugging-key"


def test_it_registers_answers_and_warns_that_a_host_shows_one_provider(wire: Wire) -> None:
    with DebuggingHost(KEY) as host, start_plugin(ROOT, environment=host.environment) as process:
        registration = host.accept()
        assert registration.manifest["name"] == "openai_suite"
        assert registration.provider["provider"] == "openai"

        request = invoke_llm(wire.target("openai-chat"), CONVERSATION)
        answer = read_llm_answer(host.open_session(request, app_id=APP))
        assert answer.text
        assert answer.finish_reason == "stop"

        warning = next(line for line in map(bytes.decode, process.stdout) if "WARNING" in line)
        assert "shows 'openai' alone" in warning
        assert "python -m tools.package build --staged" in warning


def last_words(process: ChildProcess) -> str:
    """Return the one sentence that a plugin ends with, which is all that it says of its end."""
    assert process.wait(30) == 1
    assert process.stderr_tail == ""
    (sentence,) = (line for line in map(bytes.decode, process.stdout) if "ERROR" in line)
    return sentence


def test_a_wrong_key_ends_it_with_what_the_host_says() -> None:
    with (
        DebuggingHost(KEY) as host,
        start_plugin(
            ROOT, environment={**host.environment, "REMOTE_INSTALL_KEY": "another"}
        ) as process,
    ):
        with pytest.raises(ProtocolViolation, match="the right key"):
            host.accept()
        assert "refused the plugin: 'handshake failed, invalid key'; copy" in last_words(process)


def test_a_host_that_has_gone_is_looked_for_and_then_ends_it() -> None:
    with DebuggingHost(KEY) as host, start_plugin(ROOT, environment=host.environment) as process:
        host.accept()
        host.stop()
        assert "closed the connection and cannot be reached any more" in last_words(process)


def test_a_host_that_hangs_up_is_registered_with_anew_and_once() -> None:
    with DebuggingHost(KEY) as host, start_plugin(ROOT, environment=host.environment) as process:
        for _ in range(2):
            assert host.accept().provider["provider"] == "openai"
            host.hang_up()
        assert "closed the connection twice without a request" in last_words(process)


UNUSABLE = {
    "nobody-listens": ({"REMOTE_INSTALL_URL": "127.0.0.1:9"}, "cannot be reached (Connection ref"),
    "no-address": ({"REMOTE_INSTALL_URL": "localhost"}, "REMOTE_INSTALL_URL is no address"),
    "no-key": ({"REMOTE_INSTALL_KEY": ""}, "REMOTE_INSTALL_KEY is empty; copy"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_settings_that_lead_nowhere_end_it(name: str) -> None:
    settings, words = UNUSABLE[name]
    environment = {"INSTALL_METHOD": "remote", "REMOTE_INSTALL_KEY": KEY, **settings}
    with start_plugin(ROOT, environment=environment) as process:
        assert words in last_words(process)
