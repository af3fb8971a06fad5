"""A fresh app, with its client, for each test."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from fakes.openai.process import SandboxProcess
from tests.workshop.dify_app.client import CHAT_MODES, DifyClient

type AppFactory = Callable[..., DifyClient]


@pytest.fixture
def new_app(sandbox: SandboxProcess, http: httpx2.Client) -> AppFactory:
    """Make a client of a fresh app with the given settings."""

    def make(**settings: Any) -> DifyClient:
        return DifyClient(sandbox.new_dify_app(**settings), http)

    return make


@pytest.fixture
def chat(new_app: AppFactory) -> DifyClient:
    """A client of a fresh chat app."""
    return new_app()


@pytest.fixture(params=CHAT_MODES)
def app(request: pytest.FixtureRequest, new_app: AppFactory) -> DifyClient:
    """A client of a fresh app of every mode that chats."""
    return new_app(mode=request.param)
