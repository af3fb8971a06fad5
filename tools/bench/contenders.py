"""Who takes part, and in which order: plugins, and the raw openai client in our environment."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tools.bench.errors import BenchFailure
from tools.bench.machine import reference_loop_ms
from tools.bench.measures import (
    MEASURES,
    NEEDS_UPSTREAM,
    RAW_MEASURES,
    SECONDS,
    Measure,
    Metrics,
)
from tools.bench.results import Failure, Results
from tools.bench.scale import LONG_STREAM, SHORT_STREAM, Scale
from tools.bench.stage import Stage
from tools.bench.subject import APIS, RAW, Api, Subject
from tools.bench.upstream_process import UpstreamProcess

_RAW_CLIENT = Path(__file__).with_name("raw_client.py")
_RAW_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A column of the table.

    measures: what says anything about it; each call is one fresh process and may raise
    BenchFailure.
    """

    title: str
    apis: tuple[Api, ...]
    measures: Mapping[str, Callable[[Api], Metrics]]


def plugin_contender(subject: Subject, upstream: UpstreamProcess, scale: Scale) -> Contender:
    """Return a plugin as the daemon runs it."""

    def run(measure: Measure, api: Api) -> Metrics:
        return measure(Stage(upstream, scale, subject, api))

    unfit = NEEDS_UPSTREAM if subject.answers_itself else frozenset()
    measures = {
        name: partial(run, measure) for name, measure in MEASURES.items() if name not in unfit
    }
    return Contender(subject.title, subject.apis, measures)


def raw_client(upstream: UpstreamProcess, scale: Scale) -> Contender:
    """Return the openai package with one reused client, without plugin, SDK or gevent."""

    def run(measure: str, api: Api) -> Metrics:
        tls = measure == "tls_call"
        settings = {
            "measure": measure,
            "api": api,
            "url": upstream.tls_url if tls else upstream.url,
            "short_stream": SHORT_STREAM,
            "long_stream": LONG_STREAM,
            **asdict(scale),
        }
        environment = {"PATH": os.environ.get("PATH", "")}
        ended = subprocess.run(
            [sys.executable, _RAW_CLIENT, json.dumps(settings)],
            env=environment | ({"SSL_CERT_FILE": str(upstream.authorities)} if tls else {}),
            capture_output=True,
            text=True,
            timeout=_RAW_SECONDS,
            check=False,
        )
        if ended.returncode:
            last_line = (ended.stderr.strip().splitlines() or ["nothing"])[-1]
            raise BenchFailure(f"The raw client failed; its stderr ends with: {last_line}")
        return dict(json.loads(ended.stdout))

    return Contender(RAW, APIS, {name: partial(run, name) for name in RAW_MEASURES})


def run_suite(
    results: Results,
    measures: Sequence[str],
    contenders: Sequence[Contender],
    scale: Scale,
    progress: Callable[[str, float], None],
) -> None:
    """Measure everything and add it to the results; a failure is kept there and ends its series.

    Every number is of fresh processes, and contenders take turns, so that all share the same noise.
    """
    for measure in measures:
        runs = _runs(measure, scale)
        for number in range(runs):
            # Back and forth: whoever came first comes last in the next round.
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                if run := contender.measures.get(measure):
                    seconds = SECONDS[measure] * len(contender.apis)
                    progress(f"{measure} of {contender.title}, run {number + 1} of {runs}", seconds)
                    for api in contender.apis:
                        results.reference_ms.append(reference_loop_ms())
                        _measure_once(results, measure, contender.title, api, run)


def suite_seconds(measures: Sequence[str], subjects: Sequence[Subject], scale: Scale) -> float:
    """Return about how long these measures take, with the raw client."""
    series = sum(len(subject.apis) for subject in subjects)
    return sum(
        SECONDS[measure]
        * _runs(measure, scale)
        * (series + (len(APIS) if measure in RAW_MEASURES else 0))
        for measure in measures
    )


def _runs(measure: str, scale: Scale) -> int:
    return scale.growth_runs if measure.startswith("growth_") else scale.runs


def _measure_once(
    results: Results, measure: str, title: str, api: Api, run: Callable[[Api], Metrics]
) -> None:
    if any((f.measure, f.title, f.api) == (measure, title, api) for f in results.failures):
        return  # it has failed before and would again
    try:
        results.add(measure, title, api, run(api))
    except BenchFailure as failure:
        results.failures.append(Failure(measure=measure, title=title, api=api, reason=str(failure)))
