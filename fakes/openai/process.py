"""Starts the local service as a child process, for tests, benchmarks and demonstrations."""

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2

from fakes.openai.json_types import JsonObject

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 60.0
_STOP_SECONDS = 5.0


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


class ServiceProcess:
    """A local service. It ends with `close`, with its `with` block or with this process.

    It starts when it is made and is waited for where its address is first needed, so that a caller
    can start something else meanwhile.
    """

    def __init__(self, *arguments: str) -> None:
        """Start it with more command-line `arguments`."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "fakes.openai", "--until-stdin-closes", *arguments],
            cwd=_REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._ready_line = b""
        self._reader = threading.Thread(target=self._read_ready_line, daemon=True)
        self._reader.start()

    @cached_property
    def ready(self) -> dict[str, str]:
        """What it said when it listened. Raises ServiceFailure if it did not start."""
        self._reader.join(_START_SECONDS)
        if not self._ready_line:
            raise ServiceFailure(f"The local service did not start; it says: {self._last_error()}")
        return dict(json.loads(self._ready_line))

    @property
    def url(self) -> str:
        """The address, once the service listens. Raises ServiceFailure if it did not start."""
        return self.ready["url"]

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

    def close(self) -> None:
        """Stop it and wait until it is gone. Safe to call twice."""
        if "_control" in self.__dict__:
            self._control.close()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_STOP_SECONDS)
        self._reader.join(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.close()

    def _read_ready_line(self) -> None:
        if self._process.stdout is not None:
            self._ready_line = self._process.stdout.readline()

    def _last_error(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "nothing"


def _checked(response: httpx2.Response) -> Any:
    """Return the JSON of an answer of the control plane; raise ServiceFailure when it refused."""
    answer = response.json()
    if response.is_error:
        raise ServiceFailure(answer["error"])
    return answer
