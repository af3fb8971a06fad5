"""A developer's plugin connects to a host by TCP, registers, and serves as it does over stdio."""

from pathlib import Path

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.debugging_host import DebuggingHost
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
