"""Starts the receiver as a child process, for tests and checks."""

import json
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any, override

import httpx2

from fakes.child_process import ChildProcess

_REPOSITORY = Path(__file__).parents[2]
_START_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.05


class CollectorFailure(Exception):  # noqa: N818 - what failed, not how
    """The receiver did not start, or what was waited for did not arrive; says which."""


class CollectorProcess(ChildProcess):
    """A running receiver. It ends with `end`, with its `with` block or with this process."""

    def __init__(self, port: int = 0) -> None:
        """Start it; port: a free one by default, another one to come back where it was."""
        options = ("--quiet", "--until-stdin-closes", "--port", str(port))
        super().__init__((sys.executable, "-m", "fakes.otlp_collector", *options), _REPOSITORY)

    @cached_property
    def url(self) -> str:
        """Its address, once it listens. Raises CollectorFailure if it did not start."""
        line = self.first_line(_START_SECONDS)
        if not line:
            raise CollectorFailure(f"The receiver did not start; it says: {self.last_error}")
        return str(json.loads(line)["url"])

    @property
    def port(self) -> int:
        """Its port."""
        return int(self.url.rpartition(":")[2])

    def behave(self, **told: float) -> None:
        """Answer from now on with `status` and `retry_after`, or `stall` so many seconds."""
        self._control.put("/fake/behaviour", json=told)

    def received(self) -> dict[str, Any]:
        """Return what arrived: `series`, `resources`, `requests`, `refused`, `misfits`."""
        answer: dict[str, Any] = self._control.get("/fake/received").json()
        return answer

    def totals(self, metric: str, *by: str) -> dict[tuple[str | int, ...], float]:
        """Return the sums of a metric by attributes; "" where a series has no such one."""
        return self._summed(metric, by, "total")

    def counts(self, metric: str, *by: str) -> dict[tuple[str | int, ...], float]:
        """Return how many values a histogram counted, by attributes."""
        return self._summed(metric, by, "count")

    def await_calls(self, metric: str, number: int, seconds: float) -> None:
        """Wait until a histogram has counted so many. Raises CollectorFailure if it does not."""
        ends_at = time.monotonic() + seconds
        while (counted := self.counts(metric).get((), 0)) < number:
            if time.monotonic() > ends_at:
                raise CollectorFailure(f"{metric} counted {counted:g} of {number} calls.")
            time.sleep(_LOOK_AGAIN_SECONDS)

    def _summed(
        self, metric: str, by: tuple[str, ...], what: str
    ) -> dict[tuple[str | int, ...], float]:
        sums: dict[tuple[str | int, ...], float] = {}
        for series in self.received()["series"]:
            if series["metric"] == metric:
                key = tuple(series["attributes"].get(name, "") for name in by)
                sums[key] = sums.get(key, 0) + series[what]
        return sums

    @cached_property
    def _control(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, trust_env=False)

    @override
    def end(self) -> None:
        """Stop it and wait until it is gone. Safe to call twice."""
        if "_control" in self.__dict__:
            self._control.close()
        super().end()
