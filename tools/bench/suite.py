"""The order of measuring: fresh processes, contenders in turn, so that all share the same noise."""

from collections.abc import Callable, Sequence

from tools.bench.contenders import Contender
from tools.bench.errors import BenchFailure
from tools.bench.machine import reference_loop_ms
from tools.bench.results import Failure, Results
from tools.bench.scale import Scale

type Progress = Callable[[str], None]


def run_suite(
    results: Results,
    measures: Sequence[str],
    contenders: Sequence[Contender],
    scale: Scale,
    progress: Progress,
) -> None:
    """Measure everything and add it to the results; a failure is kept there and ends its series."""
    for measure in measures:
        runs = scale.growth_runs if measure.startswith("growth_") else scale.runs
        for number in range(runs):
            progress(f"{measure}, run {number + 1} of {runs}")
            results.reference_ms.append(reference_loop_ms())
            # Back and forth: whoever came first comes last in the next round.
            for contender in contenders if number % 2 == 0 else reversed(contenders):
                if contender.takes(measure):
                    _measure_once(results, measure, contender)


def _measure_once(results: Results, measure: str, contender: Contender) -> None:
    for api in contender.apis:
        if results.has_failed(measure, contender.title, api):
            continue
        try:
            results.add(measure, contender.title, api, contender.run(measure, api))
        except BenchFailure as failure:
            results.failures.append(Failure(measure, contender.title, api, str(failure)))
