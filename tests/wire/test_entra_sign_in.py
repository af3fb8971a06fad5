"""A service principal signs in with Microsoft Entra ID, and its token opens the deployment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget
from tests.wire.ends import Wire
from tests.wire.sign_in_server import SignInServer, sign_in_server

ROOT = Path(__file__).parents[2]
SECRET = "the-client-secret"
WRONG = "a~wrong/secret+of=20"
ROUTES = ("azure-chat", "azure-responses", "azure-v1-chat", "azure-v1-responses")


@pytest.fixture
def sign_in(tmp_path: Path, wire: Wire) -> Iterator[SignInServer]:
    """Microsoft's sign-in; its token is what the local service takes for a key."""
    with sign_in_server(tmp_path, secret=SECRET, token=wire.key) as server:
        yield server


@pytest.fixture
def behind_proxy(wire: Wire, sign_in: SignInServer, tmp_path: Path) -> Iterator[Wire]:
    environment = {
        "HTTPS_PROXY": sign_in.url,
        "NO_PROXY": "127.0.0.1",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "authority.pem"),
    }
    with PluginProcess(ROOT, environment=environment) as plugin:
        yield replace(wire, plugin=plugin)


def target(wire: Wire, route: str, secret: str = SECRET) -> ModelTarget:
    return wire.target(
        route,
        openai_api_key="",
        auth_method="entra_id_service_principal",
        azure_tenant_id="11111111-2222-3333-4444-555555555555",
        azure_client_id="the-client-id",
        azure_client_secret=secret,
    )


def test_one_token_serves_all_calls_of_a_client(behind_proxy: Wire, sign_in: SignInServer) -> None:
    for route in ROUTES:
        for _ in range(2):
            assert behind_proxy.ask(target(behind_proxy, route)).text.startswith("Echo:")
    scope = "https://cognitiveservices.azure.com/.default"
    # Two clients: one for the dated API version, one for /openai/v1.
    assert sign_in.asked == [{"client_id": "the-client-id", "scope": scope}] * 2


def test_a_wrong_secret_is_a_failed_sign_in_that_says_what_to_check(behind_proxy: Wire) -> None:
    for route in ("azure-chat", "azure-v1-responses"):
        with pytest.raises(PluginError, match="Invalid client secret") as raised:
            behind_proxy.ask(target(behind_proxy, route, secret=WRONG))
        assert raised.value.error_type == "InvokeAuthorizationError"
        assert "Check the tenant, the client id and the client secret" in raised.value.message
        process = behind_proxy.plugin
        left = (raised.value.message, raised.value.details, process.log, process.child.stderr_tail)
        for form in (WRONG, quote_plus(WRONG)):
            assert form not in str(left)
    assert behind_proxy.requests() == []
