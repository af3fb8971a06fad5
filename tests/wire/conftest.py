"""The plugin as the daemon runs it, and the local service as a process beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from tests.wire.ends import Wire

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def service() -> Iterator[ServiceProcess]:
    """Start the local service once."""
    with ServiceProcess() as process:
        yield process


@pytest.fixture(scope="session")
def plugin() -> Iterator[PluginProcess]:
    """Start the plugin once; every test leaves it alive, and its stdout without a stray line."""
    with PluginProcess(ROOT) as process:
        yield process
        assert process.child.alive
        assert process.noise == []
        assert process.errors == []


@pytest.fixture
def wire(service: ServiceProcess, plugin: PluginProcess) -> Wire:
    """Give the test an account that nobody else uses."""
    created = service.new_account()
    return Wire(created.key, created.url, created.control, plugin)
