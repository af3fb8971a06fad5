"""The order of measuring: fresh processes, contenders in turn, so that all share the same noise."""

from collections.abc import Callable, Sequence

from tools.bench.contenders import Contender
from tools.bench.errors import BenchFailure
from tools.bench.machine import reference_loop_ms
from tools.bench.measures import Metrics
from tools.bench.results import Failure, Results
from tools.bench.scale import Scale
from tools.bench.subject import Api


def run_suite(
    results: Results,
    measures: Sequence[str],
    contenders: Sequence[Contender],
    scale: Scale,
    progress: Callable[[str], None],
) -> None:
    """Measure everything and add it to the results; a failure is kept there and ends its series."""
    for measure in measures:
        runs = scale.growth_runs if measure.startswith("growth_") else scale.runs
        for number in range(runs):
            progress(f"{measure}, run {number + 1} of {runs}")
            results.reference_ms.append(reference_loop_ms())
            # Back and forth: whoever came first comes last in the next round.
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                if run := contender.measures.get(measure):
                    for api in contender.apis:
                        _measure_once(results, measure, contender.title, api, run)


def _measure_once(
    results: Results, measure: str, title: str, api: Api, run: Callable[[Api], Metrics]
) -> None:
    if any((f.measure, f.title, f.api) == (measure, title, api) for f in results.failures):
        return  # it has failed before and would again
    try:
        results.add(measure, title, api, run(api))
    except BenchFailure as failure:
        results.failures.append(Failure(measure=measure, title=title, api=api, reason=str(failure)))
