"""All numbers of a run, by measure, contender, API and metric; as JSON and back."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from tools.bench.measures import Metrics
from tools.bench.quantiles import Spread
from tools.bench.subject import APIS, Api

type Numbers = dict[str, dict[str, dict[Api, list[Metrics]]]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A number that there is not, and why."""

    measure: str
    title: str
    api: Api
    reason: str


@dataclass(slots=True)
class Results:
    """What was measured so far.

    titles: the contenders in the order of their columns; reference_ms: times of the reference
    loop through the run.
    """

    command: str
    machine: dict[str, str]
    versions: dict[str, dict[str, str]]
    titles: list[str]
    numbers: Numbers = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    reference_ms: list[float] = field(default_factory=list)

    def add(self, measure: str, title: str, api: Api, metrics: Metrics) -> None:
        """Keep the numbers of one process."""
        by_api = self.numbers.setdefault(measure, {}).setdefault(title, {})
        by_api.setdefault(api, []).append(metrics)

    def has_failed(self, measure: str, title: str, api: Api) -> bool:
        """Return whether a measure has failed before: it is not tried again."""
        return any((f.measure, f.title, f.api) == (measure, title, api) for f in self.failures)

    def spreads(self, measure: str, title: str, metric: str) -> dict[Api, Spread]:
        """Return a metric of each API that was measured; empty if it was not."""
        by_api = self.numbers.get(measure, {}).get(title, {})
        values = {
            api: [run[metric] for run in by_api.get(api, ()) if metric in run] for api in APIS
        }
        return {api: Spread.of(numbers) for api, numbers in values.items() if numbers}

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what `write` wrote."""
        document = json.loads(path.read_text("utf-8"))
        failures = [Failure(**failure) for failure in document.pop("failures")]
        return cls(failures=failures, **document)
