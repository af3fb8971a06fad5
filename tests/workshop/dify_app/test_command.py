"""The command: one app for people, until it is told to stop."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.dify_app.apps import DifyApp, Mode
from tests.workshop.dify_app.client import turn_of

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "fakes.dify_app"]


@pytest.mark.parametrize("way", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_serves_and_stops_when_told(way: signal.Signals) -> None:
    command = [*COMMAND, "--mode", "agent", "--key", "app-mine"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe) as process:  # noqa: S603
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert (ready["key"], ready["mode"]) == ("app-mine", "agent")
        app = DifyApp(Mode.AGENT, ready["key"], url=ready["url"].removesuffix("/v1"))
        assert turn_of(app, "say: hello").kinds[-2:] == ["message", "message_end"]
        process.send_signal(way)
        assert process.wait(10) == 0
        assert process.communicate() == (b"", b"")


def test_it_names_the_modes_that_there_are() -> None:
    command = [*COMMAND, "--mode", "workflow"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 2
    assert "invalid Mode value: 'workflow'" in ended.stderr
    assert "Traceback" not in ended.stderr
