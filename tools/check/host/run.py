"""One run of the check: the daemon, the service that the plugins call, and what is installed."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.openai.process import LocalAccount, ServiceProcess
from tools.check.host.daemon_client import DaemonClient
from tools.package.signature import sign

ROOT = Path(__file__).parents[3]
# In every prompt, and so in every answer, of which the local service makes an echo.
CANARY = "canary-of-a-prompt"
# provider, path of the base URL
ENDPOINTS = (("openai", ""), ("azure_openai", ""), ("azure_openai", "/openai/v1"))
_MODEL = "gpt-4o-mini"
_LOG_SECONDS = 2.0  # until the daemon has written what it was told


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What the check needs to be told.

    key: the daemon's SERVER_KEY. sign: a private key, where the daemon forces signatures.
    log: the file that the daemon's output goes to.
    """

    daemon: str
    key: str
    sign: Path | None = None
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class HostRun:
    """What every check works with.

    bundle, packages: as built, the latter by their provider. log_begin: the log's size before.
    """

    daemon: DaemonClient
    service: ServiceProcess
    options: HostOptions
    bundle: bytes
    packages: Mapping[str, bytes]
    log_begin: int

    def signed(self, package: bytes) -> bytes:
        """Return a package as this daemon takes it."""
        if not self.options.sign:
            return package
        return sign(package, self.options.sign.read_bytes(), "community", int(time.time()))

    def log_text(self) -> str | None:
        """Return what the daemon has logged since the run began, None where nobody can look."""
        if not self.options.log:
            return None
        time.sleep(_LOG_SECONDS)
        with self.options.log.open("rb") as file:
            file.seek(self.log_begin)
            return file.read().decode("utf-8", errors="replace")

    def target(
        self,
        account: LocalAccount,
        provider: str,
        path: str = "",
        *,
        model: str = _MODEL,
        **more: str | None,
    ) -> ModelTarget:
        """Return a model at the local service; `more` are credentials, None for those left out."""
        credentials = {
            "openai_api_key": account.key,
            "openai_api_base": f"{account.url}{path}",
            **{name: value for name, value in more.items() if value is not None},
        }
        if provider == "azure_openai":
            credentials |= {"auth_method": "api_key", "base_model_name": model}
        return ModelTarget(provider=provider, model=model, credentials=credentials)

    def answer(
        self,
        target: ModelTarget,
        prompt: str = CANARY,
        *,
        app_id: str | None = None,
        stream: bool = True,
    ) -> str:
        """Return the text that a model answers."""
        request = invoke_llm(target, [user_message(prompt)], LLMOptions(stream=stream))
        chunks = self.daemon.open_session(request, app_id=app_id)
        return "".join(chunk["delta"]["message"]["content"] for chunk in chunks)
