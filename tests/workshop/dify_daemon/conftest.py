"""The plugins that these tests run: echo has the SDK, raw writes exactly what it is told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes.dify_daemon.limits import DaemonLimits
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session

_RAW = Path(__file__).parent / "raw_plugin"
_ECHO = Path(__file__).parents[3] / "fakes/echo_plugin"


@pytest.fixture(scope="session")
def echo_target() -> ModelTarget:
    """The echo plugin's only model."""
    return ModelTarget(provider="echo", model="echo", credentials={"api_key": "right"})


@pytest.fixture(scope="session")
def start_echo() -> Callable[[], PluginProcess]:
    """Starts another process of the echo plugin."""
    return lambda: PluginProcess(_ECHO)


@pytest.fixture(scope="session")
def echo(start_echo: Callable[[], PluginProcess]) -> Iterator[PluginProcess]:
    """One process of the echo plugin for all tests that leave it running."""
    with start_echo() as plugin:
        yield plugin


@pytest.fixture(scope="session")
def ask(echo_target: ModelTarget) -> Callable[..., Session]:
    """Sends a text to the echo model and returns the session."""

    def send(plugin: PluginProcess, text: str, app_id: str | None = None) -> Session:
        request = invoke_llm(echo_target, [user_message(text)])
        return plugin.open_session(request, app_id=app_id)

    return send


@pytest.fixture
def start_raw() -> Callable[..., PluginProcess]:
    """Starts the raw plugin with short limits; `start` chooses how it starts."""

    def start(start: str = "ready", limits: DaemonLimits | None = None) -> PluginProcess:
        return PluginProcess(
            _RAW,
            environment={"RAW_PLUGIN_START": start},
            limits=limits or DaemonLimits(result=10),
        )

    return start
