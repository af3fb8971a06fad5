"""What an installed package must be able to do: answer, name the app, serve over HTTP."""

import socket
import time

import httpx2

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess, start_plugin
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.openai.process import LocalAccount, ServiceProcess
from tools.check.daemon_install import Installation
from tools.check.errors import CheckFailure

_MODEL = "gpt-4o-mini"
# The Marketplace's pre-check waits as long for an answer.
_SERVING_SECONDS = 20.0


def call_and_find(installation: Installation, provider: str, app_id: str) -> tuple[float, str]:
    """Start an installed plugin, call a model for an app, and find the call by the app's id.

    Returns how long the plugin took to its first heartbeat, in seconds, and the call's id.

    Raises:
        CheckFailure: the service has not exactly one stored completion of the app.
    """
    with ServiceProcess() as service:
        account = service.new_account()
        started = time.monotonic()
        with PluginProcess(installation.directory, python=installation.python) as plugin:
            heartbeat = time.monotonic() - started
            target, options = _target(account, provider), LLMOptions(stream=True)
            request = invoke_llm(target, [user_message("Say hello.")], options)
            answer = read_llm_answer(plugin.open_session(request, app_id=app_id))
        stored = httpx2.get(
            f"{account.url}/v1/chat/completions",
            params={"metadata[dify_app_id]": app_id},
            headers={"Authorization": f"Bearer {account.key}"},
            trust_env=False,
        ).json()["data"]
    if len(stored) != 1 or not answer.text:
        raise CheckFailure(f"{provider}: {len(stored)} stored completions of the app, not one")
    return heartbeat, str(stored[0]["id"])


def serve_once(installation: Installation) -> None:
    """Start an installed plugin as a serverless host does, and wait until it answers.

    Raises:
        CheckFailure: it does not answer in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environment = {
        "INSTALL_METHOD": "serverless",
        "SERVERLESS_HOST": "127.0.0.1",
        "SERVERLESS_PORT": str(port),
    }
    with start_plugin(installation.directory, installation.python, environment):
        _await_answer(f"http://127.0.0.1:{port}/health")


def _await_answer(url: str) -> None:
    deadline = time.monotonic() + _SERVING_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx2.get(url, timeout=1.0, trust_env=False).status_code in {200, 404}:
                return
        except httpx2.TransportError:
            time.sleep(0.2)
    raise CheckFailure(
        f"{url} gave no answer within {_SERVING_SECONDS:.0f} s of a serverless start"
    )


def _target(account: LocalAccount, provider: str) -> ModelTarget:
    credentials = {
        "openai_api_key": account.key,
        "openai_api_base": account.url,
        "api_protocol": "chat",
        "enable_request_metadata": "enabled",
    }
    if provider == "azure_openai":
        credentials |= {"auth_method": "api_key", "base_model_name": _MODEL}
    return ModelTarget(provider=provider, model=_MODEL, credentials=credentials, user_id="user")
