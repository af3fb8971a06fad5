"""One server for the folder; a fresh app of every mode for each test."""

from collections.abc import Iterator

import pytest

from fakes.dify_app.apps import DifyApp, Mode
from fakes.dify_app.server import DifyServer


@pytest.fixture(scope="session")
def server() -> Iterator[DifyServer]:
    """The server."""
    with DifyServer() as running:
        yield running


@pytest.fixture
def chat(server: DifyServer) -> DifyApp:
    """A chatbot."""
    return server.serve(DifyApp())


@pytest.fixture(params=Mode)
def app(request: pytest.FixtureRequest, server: DifyServer) -> DifyApp:
    """An app of every mode, which pings often."""
    return server.serve(DifyApp(request.param, ping_seconds=0.02))
