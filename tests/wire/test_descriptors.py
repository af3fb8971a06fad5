"""More calls at once than the process has descriptors for: they wait, and none fails."""

import sys
from collections.abc import Sequence
from pathlib import Path

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.raw_server import Received, chunk, open_call, raw_server, streamed

ROOT = Path(__file__).parents[2]
ANSWER = streamed(chunk("Hello"), chunk("", "stop"), b"[DONE]")


def test_calls_of_many_credentials_share_few_descriptors(tmp_path: Path) -> None:
    limited = tmp_path / "python"
    limited.write_text(f'#!/bin/sh\nulimit -n 200\nexec {sys.executable} "$@"\n')
    limited.chmod(0o755)

    def answer(_: Received) -> Sequence[bytes | float]:
        return [0.5, ANSWER]

    with raw_server(answer) as server, PluginProcess(ROOT, python=limited) as plugin:
        # Nor is an attempt lost to it.
        keys = (f"sk-of-number-{number}" for number in range(12))
        targets = [server.target(openai_api_key=key, max_attempts="1") for key in keys]
        sessions = [open_call(plugin, targets[number % 12]) for number in range(480)]
        assert [read_llm_answer(session).text for session in sessions] == ["Hello"] * 480
        assert plugin.child.stderr_tail == ""
