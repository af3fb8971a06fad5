"""The report for Prometheus: counters of all calls ever read, by app, model, service and API.

Counters, because a window's sums would fall and rise: `increase()` has any window. Latencies and
the days on which models end are gauges, of the report's period.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from tools.usage.measures import Measures
from tools.usage.summary import Summary
from tools.usage.views import Keys

BY = ("app", "model", "service", "api")
_LABELS = ("app_id", "app", "model", "service", "api")
_TOKENS = ("input", "cached", "cache_write", "output", "reasoning")
_COSTS = ("input", "cached", "cache_write", "output", "tools")


def as_metrics(
    ever: Mapping[Keys, Measures], report: Summary, syntax: Literal["prometheus", "openmetrics"]
) -> str:
    """Return the text file. `ever` are all calls of the database, grouped by BY."""
    registry = CollectorRegistry()
    registry.register(_Usage(ever, report))
    write = generate_openmetrics if syntax == "openmetrics" else generate_latest
    return write(registry).decode()


class _Usage(Collector):
    def __init__(self, ever: Mapping[Keys, Measures], report: Summary) -> None:
        self._ever = ever
        self._report = report

    def collect(self) -> Iterator[Metric]:
        calls = self._counter("calls", "Calls.")
        failed = self._counter("calls_failed", "Calls that ended with an error.")
        unpriced = self._counter("calls_unpriced", "Calls whose price is unknown.")
        tokens = self._counter(
            "tokens",
            "Tokens; cached and cache_write are parts of input, reasoning of output.",
            "kind",
        )
        cost = self._counter("cost_usd", "What priced calls cost, in USD.", "part")
        saved = self._counter("saved_usd", "What reading from the cache saved, in USD.")
        for keys, measures in self._ever.items():
            labels = self._labels(keys)
            calls.add_metric(labels, measures.calls)
            failed.add_metric(labels, measures.failed)
            unpriced.add_metric(labels, measures.unpriced)
            for kind in _TOKENS:
                tokens.add_metric([*labels, kind], getattr(measures, kind))
            if measures.cost is not None and measures.saved is not None:
                saved.add_metric(labels, float(measures.saved))
                for part in _COSTS:
                    cost.add_metric([*labels, part], float(getattr(measures, f"cost_{part}")))
        yield from (calls, failed, unpriced, tokens, cost, saved)
        yield from self._of_period()

    def _of_period(self) -> Iterator[Metric]:
        times = GaugeMetricFamily(
            "dify_usage_answer_seconds",
            "Time of answered calls in the report's period: to the end, to the first piece.",
            labels=["until", "quantile"],
        )
        totals = self._report.totals
        for until, name in (("end", "ms"), ("first", "first_ms")):
            for quantile, percentile in (("0.5", "p50"), ("0.95", "p95")):
                value = getattr(totals, f"{name}_{percentile}")
                if value is not None:
                    times.add_metric([until, quantile], value / 1000)
        ends = GaugeMetricFamily(
            "dify_usage_model_days_left",
            "Days until the service ends a model that an app used in the report's period.",
            labels=["app_id", "app", "model", "service", "replacement"],
        )
        for each in self._report.endings:
            for used in each.apps:
                keys = self._labels((used.app, each.model, each.service, each.replacement))
                ends.add_metric(keys, each.days_left)
        yield from (times, ends)

    def _counter(self, name: str, text: str, *more: str) -> CounterMetricFamily:
        return CounterMetricFamily(f"dify_usage_{name}", text, labels=[*_LABELS, *more])

    def _labels(self, keys: Keys) -> list[str]:
        app, *others = (key or "" for key in keys)
        return [app, self._report.app_names.get(app, ""), *others]
