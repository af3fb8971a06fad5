"""The measures of a plugin: each starts a fresh process and returns its numbers by name."""

from collections.abc import Callable, Mapping

from tools.bench.quantiles import percentile
from tools.bench.scale import APART_MS
from tools.bench.script import Script
from tools.bench.stage import Stage
from tools.bench.streams import burst, concurrent_streams

type Metrics = dict[str, float]
type Measure = Callable[[Stage], Metrics]

_MS = 1e6
_SHORT = Script(2)
# Large prompts take long enough to be measured in fewer calls.
_PROMPT_BYTES_PER_SIZE = 20_000_000
_CALLS_PER_SIZE = range(3, 31)


def start(stage: Stage) -> Metrics:
    """From the start of the process to its first heartbeat and its first answer, and its memory."""
    with stage.start() as plugin:
        ready_mib = plugin.memory_mib("VmRSS")
        first = stage.ask(plugin)
        return {
            "heartbeat_ms": (plugin.ready_at - plugin.spawned_at) / _MS,
            "first_answer_ms": (first.ended_at - plugin.spawned_at) / _MS,
            "first_call_ms": first.total_ms,
            "ready_mib": ready_mib,
            "first_call_mib": plugin.memory_mib("VmRSS"),
        }


def plain_call(stage: Stage) -> Metrics:
    """One call after the other, not streamed."""
    return _plain_calls(stage, tls=False)


def tls_call(stage: Stage) -> Metrics:
    """The same over TLS."""
    return _plain_calls(stage, tls=True)


def first_token(stage: Stage) -> Metrics:
    """From a streamed request to the arrival of its first text."""
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        waits = [stage.ask(plugin, _SHORT).first_text_ms for _ in range(stage.scale.first_texts)]
    return {"wall_ms": percentile(waits, 50), "wall_p99_ms": percentile(waits, 99)}


def chunk_cpu(stage: Stage) -> Metrics:
    """One long stream, as fast as it goes."""
    script = Script(stage.scale.long_stream)
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        before = plugin.cpu_seconds()
        trace = stage.ask(plugin, script)
        used = plugin.cpu_seconds() - before
    return {
        "cpu_us": used / script.deltas * 1e6,
        "chunks_per_s": script.deltas / (trace.total_ms / 1e3),
    }


def growth_streams(stage: Stage) -> Metrics:
    """The time until all of a number of streams have ended."""
    script = Script(stage.scale.paced_deltas, APART_MS)
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        return {
            str(count): concurrent_streams(stage, plugin, count, script)["wall_s"] * 1e3
            for count in stage.scale.growth_streams
        }


def growth_prompt(stage: Stage) -> Metrics:
    """The time of a plain call by the size of its prompt."""
    metrics = {}
    with stage.start() as plugin:
        stage.warm_up(plugin)
        for size in stage.scale.growth_prompt_bytes:
            fitting = _PROMPT_BYTES_PER_SIZE // size
            calls = min(max(fitting, _CALLS_PER_SIZE[0]), _CALLS_PER_SIZE[-1])
            walls = [stage.ask(plugin, prompt_bytes=size).total_ms for _ in range(calls)]
            metrics[str(size)] = percentile(walls, 50)
    return metrics


def growth_deltas(stage: Stage) -> Metrics:
    """The time of one stream, as fast as it goes, by the number of its deltas."""
    metrics = {}
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        for deltas in stage.scale.growth_deltas:
            walls = [stage.ask(plugin, Script(deltas)).total_ms for _ in range(5)]
            metrics[str(deltas)] = percentile(walls, 50)
    return metrics


def _plain_calls(stage: Stage, *, tls: bool) -> Metrics:
    calls = stage.scale.calls
    with stage.start(tls=tls) as plugin:
        stage.warm_up(plugin, tls=tls)
        before = plugin.cpu_seconds()
        walls = [stage.ask(plugin, tls=tls).total_ms for _ in range(calls)]
        used = plugin.cpu_seconds() - before
    return {
        "wall_ms": percentile(walls, 50),
        "wall_p99_ms": percentile(walls, 99),
        "cpu_ms": used / calls * 1e3,
    }


def _streams(count: int) -> Measure:
    def measure(stage: Stage) -> Metrics:
        with stage.start() as plugin:
            stage.warm_up(plugin, _SHORT)
            script = Script(stage.scale.paced_deltas, APART_MS)
            return concurrent_streams(stage, plugin, count, script)

    return measure


def _burst(stage: Stage) -> Metrics:
    with stage.start() as plugin:
        stage.warm_up(plugin)
        stage.warm_up(plugin, _SHORT)
        return burst(stage, plugin)


MEASURES: Mapping[str, Measure] = {
    "start": start,
    "plain_call": plain_call,
    "first_token": first_token,
    "chunk_cpu": chunk_cpu,
    "streams_50": _streams(50),
    "streams_200": _streams(200),
    "burst": _burst,
    "tls_call": tls_call,
    "growth_streams": growth_streams,
    "growth_prompt": growth_prompt,
    "growth_deltas": growth_deltas,
}
# What needs an upstream says nothing about a plugin that has none.
NEEDS_UPSTREAM = frozenset({"tls_call"})
# What the raw client is measured with: one call at a time.
RAW_MEASURES = frozenset({"plain_call", "first_token", "chunk_cpu", "tls_call"})
