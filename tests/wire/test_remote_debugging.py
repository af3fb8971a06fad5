"""A developer's plugin connects to a host by TCP, registers, and serves as it does over stdio."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.debugging_host import DebuggingHost
from fakes.dify_daemon.requests import invoke_llm
from tests.wire.ends import APP, CONVERSATION, Wire

ROOT = Path(__file__).parents[2]
KEY = "debugging-key"


@contextmanager
def started(host: DebuggingHost) -> Iterator[subprocess.Popen[str]]:
    """Start the plugin as a developer does, with the host's address in its environment."""
    environment = {"PATH": os.environ["PATH"], **host.environment}
    with subprocess.Popen(
        [sys.executable, "-m", "main"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def test_it_registers_answers_and_warns_that_a_host_shows_one_provider(wire: Wire) -> None:
    with DebuggingHost(KEY) as host, started(host) as process:
        registration = host.accept()
        assert registration.manifest["name"] == "openai_suite"
        assert registration.provider["provider"] == "openai"

        request = invoke_llm(wire.target("openai-chat"), CONVERSATION)
        answer = read_llm_answer(host.open_session(request, app_id=APP))
        assert answer.text
        assert answer.finish_reason == "stop"

        assert process.stdout is not None
        warning = next(line for line in process.stdout if "WARNING" in line)
        assert "shows 'openai' alone" in warning
        assert "python -m tools.package build --staged" in warning
