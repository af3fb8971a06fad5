"""Tells a local service of the demo's own what to answer."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from fakes.openai.process import ServiceFailure, ServiceProcess
from tools.demo.apps import Call, Provider
from tools.demo.errors import DemoFailure
from tools.demo.services import Service

# Keys of the local service alone: to any other they mean nothing.
_ACCOUNTS: dict[Provider, tuple[str, str]] = {
    "openai": ("sk-demo-openai", "/v1"),
    "azure_openai": ("demo-azure-openai", "/openai/v1"),
}


class LocalService:
    """A running `fakes.openai`; leaving its `with` block stops it."""

    def __init__(self, database: Path | None = None) -> None:
        """Start the process; `database`: the SQLite file of its records, else a temporary one."""
        self._process = ServiceProcess(*(("--database", str(database)) if database else ()))

    @property
    def url(self) -> str:
        """The address, once the service listens.

        Raises:
            DemoFailure: it did not start.
        """
        try:
            return self._process.url
        except ServiceFailure as failure:
            raise DemoFailure(str(failure)) from failure

    def script(self, calls: Sequence[Call]) -> dict[Provider, Service]:
        """Open an account per provider, whose next answers are the recordings of these calls.

        The calls have to be made in their order. Earlier answers that were not taken are dropped,
        earlier records stay.

        Raises:
            DemoFailure: the service did not start, or does not know a recording.
        """
        url = self.url
        services: dict[Provider, Service] = {}
        for provider, (key, path) in _ACCOUNTS.items():
            plan = [{"recording": call.recording} for call in calls if call.provider == provider]
            try:
                self._process.put_account(key, plan=plan)
            except ServiceFailure as failure:
                raise DemoFailure(f"The local service refuses its script: {failure}") from failure
            services[provider] = Service(provider, f"{url}{path}", key)
        return services

    def stop(self) -> None:
        """End the process. Safe to call twice."""
        self._process.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
