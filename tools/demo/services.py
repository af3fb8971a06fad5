"""The services that the calls go to and that the records are read from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import openai
import yaml

from fakes.openai.process import ServiceFailure, ServiceProcess
from tools.demo.apps import Call, Provider
from tools.demo.errors import DemoFailure, NotConfigured

DEFAULT_MODEL = "gpt-6-luna"

_FORMS = Path(__file__).parents[2] / "provider"
_TIMEOUT_SECONDS = 30.0
_LOOPBACK = "127.0.0.1"
_AZURE_VARIABLES = ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT")

# Keys of the local service alone: to any other they mean nothing.
_ACCOUNTS: dict[Provider, tuple[str, str]] = {
    "openai": ("sk-demo-openai", "/v1"),
    "azure_openai": ("demo-azure-openai", "/openai/v1"),
}


@dataclass(frozen=True, slots=True)
class Service:
    """One account at OpenAI or one Azure resource.

    base_url: ends in /v1. model: asked for instead of the model that a call names.
    """

    provider: Provider
    base_url: str
    api_key: str = field(repr=False)
    model: str | None = None

    @property
    def name(self) -> str:
        """What the service is called in sentences."""
        return "OpenAI" if self.provider == "openai" else "Azure OpenAI"

    @property
    def short_name(self) -> str:
        """The same where there is little room."""
        return self.name.split()[0]

    def credentials(self, call: Call) -> dict[str, str]:
        """Return what an operator enters in Dify's credential form for this call."""
        return {
            **_form_defaults(self.provider),
            "openai_api_key": self.api_key,
            "openai_api_base": self.base_url,
            **({"base_model_name": call.model} if self.provider == "azure_openai" else {}),
            "enable_request_metadata": "enabled" if call.switch_on else "disabled",
        }

    def client(self) -> openai.OpenAI:
        """Return the official client, to be closed by the caller."""
        # A proxy that the environment names cannot reach the local service.
        local = urlsplit(self.base_url).hostname == _LOOPBACK
        client = openai.OpenAI(
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=_TIMEOUT_SECONDS,
            http_client=openai.DefaultHttpxClient(trust_env=not local),
        )
        # The plugin sends neither; the package would take both from the environment.
        client.organization = client.project = None
        return client


type Services = Mapping[Provider, Service]


@cache
def _form_defaults(provider: Provider) -> Mapping[str, str]:
    """Return the choices that a provider's form has made when it is opened."""
    form = yaml.safe_load((_FORMS / f"{provider}.yaml").read_text(encoding="utf-8"))
    schema = form.get("provider_credential_schema") or form["model_credential_schema"]
    return {
        field["variable"]: field["default"]
        for field in schema["credential_form_schemas"]
        if "default" in field
    }


def service_for(call: Call, services: Services) -> Service:
    """Return the service of a call: another one where the call's own is not there."""
    return services.get(call.provider) or next(iter(services.values()))


def script(service: ServiceProcess, calls: Sequence[Call]) -> dict[Provider, Service]:
    """Open an account per provider, whose next answers are the recordings of these calls.

    The calls have to be made in their order. Earlier answers that were not taken are dropped,
    earlier records stay.

    Raises:
        ServiceFailure: the service did not start.
        DemoFailure: it does not know a recording.
    """
    url = service.url
    services: dict[Provider, Service] = {}
    for provider, (key, path) in _ACCOUNTS.items():
        plan = [{"recording": call.recording} for call in calls if call.provider == provider]
        try:
            service.put_account(key, plan=plan)
        except ServiceFailure as failure:
            raise DemoFailure(f"The local service refuses its script: {failure}") from failure
        services[provider] = Service(provider, f"{url}{path}", key)
    return services


def live_services(environment: Mapping[str, str], model: str) -> dict[Provider, Service]:
    """Return the real services whose keys the environment holds.

    Raises:
        NotConfigured: there is none; says which variables to set.
    """
    services: dict[Provider, Service] = {}
    if key := environment.get("OPENAI_API_KEY", "").strip():
        # The official package's own variable for gateways and other regions.
        base_url = environment.get("OPENAI_BASE_URL", "").strip() or "https://api.openai.com/v1"
        services["openai"] = Service("openai", base_url.rstrip("/"), key, model)
    key, endpoint, deployment = (environment.get(name, "").strip() for name in _AZURE_VARIABLES)
    if key and endpoint and deployment:
        root = endpoint.rstrip("/").removesuffix("/v1").removesuffix("/openai")
        services["azure_openai"] = Service("azure_openai", f"{root}/openai/v1", key, deployment)
    if not services:
        raise NotConfigured(
            "`--live` found no key: set OPENAI_API_KEY, or AZURE_OPENAI_API_KEY with"
            " AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT, or leave `--live` out."
        )
    return services
