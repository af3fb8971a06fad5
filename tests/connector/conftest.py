"""One scripted Dify for the whole folder; every test plans its replies anew."""

import warnings
from collections.abc import Iterator

import pytest

from tests.connector.dify_server import DifyServer

with warnings.catch_warnings():
    # AI GO!'s command line needs it, and it asks for a name that click calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import typer  # noqa: F401


@pytest.fixture(scope="session")
def dify() -> Iterator[DifyServer]:
    """The server."""
    with DifyServer() as server:
        yield server
