"""Tells a local service of the demo's own what to answer."""

from collections.abc import Sequence

from fakes.openai.process import ServiceFailure, ServiceProcess
from tools.demo.apps import Call, Provider
from tools.demo.errors import DemoFailure
from tools.demo.services import Service

# Keys of the local service alone: to any other they mean nothing.
_ACCOUNTS: dict[Provider, tuple[str, str]] = {
    "openai": ("sk-demo-openai", "/v1"),
    "azure_openai": ("demo-azure-openai", "/openai/v1"),
}


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
