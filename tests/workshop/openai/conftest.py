"""One local service for the whole folder; a fresh account, with its client, for each test."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from fakes.openai.process import ServiceProcess
from tests.workshop.openai.client import ServiceClient

type ClientFactory = Callable[..., ServiceClient]


@pytest.fixture(scope="session")
def service() -> Iterator[ServiceProcess]:
    """The running local service."""
    with ServiceProcess() as process:
        yield process


@pytest.fixture(scope="session")
def http(service: ServiceProcess) -> Iterator[httpx2.Client]:
    """Plain HTTP to the local service, without any key."""
    with httpx2.Client(base_url=service.url, timeout=10.0, trust_env=False) as client:
        yield client


@pytest.fixture
def new_client(service: ServiceProcess, http: httpx2.Client) -> ClientFactory:
    """Make a client of a fresh account with the given settings."""

    def make(**settings: Any) -> ServiceClient:
        return ServiceClient(service.new_account(**settings), http)

    return make


@pytest.fixture
def client(new_client: ClientFactory) -> ServiceClient:
    """A client of a fresh account with the default settings."""
    return new_client()


@pytest.fixture(params=[False, True], ids=["whole", "stream"])
def stream(request: pytest.FixtureRequest) -> bool:
    """Both modes."""
    return bool(request.param)
