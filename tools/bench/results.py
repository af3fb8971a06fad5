"""All numbers of a run, by measure, contender, API and metric, and how they were taken."""

from collections.abc import Sequence
from statistics import median
from typing import NamedTuple, Self

from pydantic import BaseModel

from tools.bench.measures import Metrics
from tools.bench.subject import APIS, Api

_STEADY = 1.25


class Spread(NamedTuple):
    """The median of a number over fresh processes, and its smallest and largest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise the values of all runs; there is at least one."""
        return cls(median(values), min(values), max(values))


class Failure(BaseModel):
    """A number that there is not, and why."""

    measure: str
    title: str
    api: Api
    reason: str


class Results(BaseModel):
    """What was measured so far; `--json` writes it and `--read` reads it.

    titles: the contenders in the order of their columns; reference_ms: times of the reference
    loop through the run.
    """

    command: str
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    titles: list[str]
    numbers: dict[str, dict[str, dict[Api, list[Metrics]]]] = {}
    failures: list[Failure] = []
    reference_ms: list[float] = []

    @property
    def noisy(self) -> bool:
        """Whether the machine had so much else to do that the numbers allow no verdict.

        The reference loop says so: one of ten took over a quarter longer than the fastest.
        """
        loops = sorted(self.reference_ms)
        return bool(loops) and loops[len(loops) * 9 // 10] > loops[0] * _STEADY

    def add(self, measure: str, title: str, api: Api, metrics: Metrics) -> None:
        """Keep the numbers of one process."""
        by_api = self.numbers.setdefault(measure, {}).setdefault(title, {})
        by_api.setdefault(api, []).append(metrics)

    def spreads(self, measure: str, title: str, metric: str) -> dict[Api, Spread]:
        """Return a metric of each API that was measured, chat first; empty if it was not."""
        by_api = self.numbers.get(measure, {}).get(title, {})
        values = {
            api: [run[metric] for run in by_api.get(api, ()) if metric in run] for api in APIS
        }
        return {api: Spread.of(numbers) for api, numbers in values.items() if numbers}
