"""A local service and a plugin for the tests of this directory, both real processes."""

from collections.abc import Iterator

import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from tools.demo.traffic import PLUGIN_DIRECTORY


@pytest.fixture(scope="session")
def local_service() -> Iterator[ServiceProcess]:
    with ServiceProcess() as service:
        yield service


@pytest.fixture(scope="session")
def plugin() -> Iterator[PluginProcess]:
    with PluginProcess(PLUGIN_DIRECTORY) as running:
        yield running
