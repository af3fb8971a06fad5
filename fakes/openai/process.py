"""Starts the local service as a child process, for tests, benchmarks and demonstrations."""

import json
import sys
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, override

import httpx2

from fakes.child_process import ChildProcess
from fakes.openai.json_types import JsonObject

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 60.0


class ServiceFailure(Exception):  # noqa: N818 - what failed, not how
    """The local service did not start, or refused what the control plane was told; says why."""


@dataclass(frozen=True, slots=True)
class LocalAccount:
    """An account of a running local service: its key, and its part of the control plane."""

    key: str
    url: str
    control: httpx2.Client

    def change(self, **settings: Any) -> None:
        """Create the account anew with these settings; its stored records stay."""
        _checked(self.control.put(f"/fake/accounts/{self.key}", json=settings))

    def extend_plan(self, *steps: JsonObject) -> None:
        """Append steps to what the service answers to this key."""
        _checked(self.control.post(f"/fake/accounts/{self.key}/plan", json=steps))

    def journal(self) -> list[JsonObject]:
        """Return every request that this key sent, in the order of arrival."""
        entries = _checked(self.control.get(f"/fake/accounts/{self.key}/journal"))
        return list(entries)


class ServiceProcess(ChildProcess):
    """A local service. It ends with `end`, with its `with` block or with this process.

    It starts when it is made and is waited for where its address is first needed, so that a caller
    can start something else meanwhile.
    """

    def __init__(self, *arguments: str) -> None:
        """Start it with more command-line `arguments`."""
        command = (sys.executable, "-m", "fakes.openai", "--until-stdin-closes", *arguments)
        super().__init__(command, _REPOSITORY)

    @cached_property
    def url(self) -> str:
        """The address, once the service listens. Raises ServiceFailure if it did not start."""
        line = self.first_line(_START_SECONDS)
        if not line:
            raise ServiceFailure(f"The local service did not start; it says: {self.last_error}")
        return str(json.loads(line)["url"])

    @cached_property
    def _control(self) -> httpx2.Client:
        # A proxy that the environment names cannot reach this machine's own address.
        return httpx2.Client(base_url=self.url, trust_env=False)

    def new_account(self, **settings: Any) -> LocalAccount:
        """Create an account with a key of its own; `settings` as the control plane takes them."""
        return self.put_account(f"sk-local-{uuid.uuid4().hex}", **settings)

    def put_account(self, key: str, **settings: Any) -> LocalAccount:
        """Create or replace the account of `key`."""
        account = LocalAccount(key, self.url, self._control)
        account.change(**settings)
        return account

    @override
    def end(self) -> None:
        """Stop it and wait until it is gone. Safe to call twice."""
        if "_control" in self.__dict__:
            self._control.close()
        super().end()


def _checked(response: httpx2.Response) -> Any:
    """Return the JSON of an answer of the control plane; raise ServiceFailure when it refused."""
    answer = response.json()
    if response.is_error:
        raise ServiceFailure(answer["error"])
    return answer
