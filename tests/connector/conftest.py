"""One Dify for the whole folder, and a fresh app of it for each test."""

import warnings
from collections.abc import Iterator

import pytest

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.server import DifyServer
from tests.connector.turns import KEY

with warnings.catch_warnings():
    # AI GO!'s command line needs it, and it asks for a name that click calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import typer  # noqa: F401


@pytest.fixture(scope="session")
def server() -> Iterator[DifyServer]:
    """The server."""
    with DifyServer() as running:
        yield running


@pytest.fixture
def dify(server: DifyServer) -> DifyApp:
    """A chatbot whose answers are planned."""
    return server.serve(DifyApp(key=KEY))
