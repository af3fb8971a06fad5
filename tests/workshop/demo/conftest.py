"""A local service and a plugin for the tests of this directory, both real processes."""

from collections.abc import Iterator

import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from tools.demo.local_service import LocalService
from tools.demo.traffic import PLUGIN_DIRECTORY


@pytest.fixture(scope="session")
def local_service() -> Iterator[LocalService]:
    with LocalService() as service:
        yield service


@pytest.fixture(scope="session")
def plugin(local_service: LocalService) -> Iterator[PluginProcess]:
    assert local_service.url.startswith("http://127.0.0.1:")
    with PluginProcess(PLUGIN_DIRECTORY) as running:
        yield running
