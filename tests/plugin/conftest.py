"""The plugin as the daemon runs it, and the local service as a process beside it."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.plugin.service import Account
from tools.daemon.plugin_process import PluginProcess

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def service_url() -> Iterator[str]:
    """Start the local service; it ends when its stdin closes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.sandbox", "--until-stdin-closes"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.stdin.close()
        assert process.wait(timeout=10) == 0


@pytest.fixture
def account(service_url: str) -> Iterator[Account]:
    """Give the test an account that nobody else uses."""
    with httpx2.Client(base_url=service_url) as http:
        account = Account(http, key=f"sk-{uuid.uuid4().hex}")
        account.change()
        yield account


@pytest.fixture(scope="session")
def plugin() -> Iterator[PluginProcess]:
    """Start the plugin once; every test leaves it alive, and its stdout without a stray line."""
    with PluginProcess(ROOT) as process:
        yield process
        assert process.alive
        assert process.noise == ()
        assert process.errors == ()
