"""The measures of a plugin: each starts a fresh process and returns its numbers by name."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from statistics import median, quantiles

from tools.bench.driven_plugin import Batch, DrivenPlugin
from tools.bench.machine import cpu_seconds, memory_mib
from tools.bench.recording import Trace
from tools.bench.scale import (
    APART_MS,
    BURST_STREAM,
    CROWDS_APART_MS,
    GROWTH_DELTAS,
    GROWTH_PROMPT_BYTES,
    IDEAL_MS,
    LONG_STREAM,
    PACED_STREAM,
    RATE_STREAMS,
    RATES_APART_MS,
    SHORT_STREAM,
    STREAMS,
)
from tools.bench.script import Script
from tools.bench.stage import Stage, checked

type Metrics = dict[str, float]
type Measure = Callable[[Stage], Metrics]

_MS = 1e6  # nanoseconds
_SHORT = Script(SHORT_STREAM)
_PACED = Script(PACED_STREAM, APART_MS)
_BURST_STREAM = Script(BURST_STREAM, APART_MS)
_BURST_AFTER_SECONDS = 1.0
# Large prompts take long enough to be measured in fewer calls.
_PROMPT_BYTES_PER_SIZE = 20_000_000
_FEWEST_CALLS, _MOST_CALLS = 3, 30
_STREAMS_PER_LENGTH = 5


def start(stage: Stage) -> Metrics:
    """From the start of the process to its first heartbeat and its first answer, and its memory."""
    with stage.start() as plugin:
        first = stage.ask(plugin)
        return {
            "heartbeat_ms": (plugin.ready_at - plugin.spawned_at) / _MS,
            "first_answer_ms": (first.ended_at - plugin.spawned_at) / _MS,
            "first_call_mib": memory_mib(plugin.pid, "VmRSS"),
        }


def plain_call(stage: Stage) -> Metrics:
    """One call after the other, not streamed."""
    calls = stage.scale.calls
    with stage.start() as plugin:
        stage.warm_up(plugin)
        before = cpu_seconds(plugin.pid)
        walls = [stage.ask(plugin).total_ms for _ in range(calls)]
        used = cpu_seconds(plugin.pid) - before
    return {"wall_ms": median(walls), "cpu_ms": used / calls * 1e3}


def first_token(stage: Stage) -> Metrics:
    """From a streamed request to the arrival of its first text."""
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        waits = [stage.ask(plugin, _SHORT).first_text_ms for _ in range(stage.scale.first_texts)]
    return {"wall_ms": median(waits)}


def chunk_cpu(stage: Stage) -> Metrics:
    """One long stream, as fast as it goes."""
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        before = cpu_seconds(plugin.pid)
        stage.ask(plugin, Script(LONG_STREAM))
        used = cpu_seconds(plugin.pid) - before
    return {"cpu_us": used / LONG_STREAM * 1e6}


def streams(stage: Stage, count: int) -> Metrics:
    """Many streams at once: their times, and what measuring them took."""
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        batch = stage.batch(count, _PACED)
        before = time.process_time(), cpu_seconds(stage.upstream.pid)
        traces = [checked(trace, _PACED) for trace in plugin.exchange([batch]).values()]
        firsts = [trace.first_text_ms for trace in traces]
        delays = [delay for trace in traces for _, delay in trace.delays_ms]
        return {
            "wall_s": _longest_ms(traces) / 1e3,
            "first_p50_ms": median(firsts),
            "first_p99_ms": _p99(firsts),
            "delay_p50_ms": median(delays),
            "delay_p99_ms": _p99(delays),
            "peak_mib": memory_mib(plugin.pid, "VmHWM"),
            # Reading the lines after the measurement is included: it is an upper bound.
            "driver_cpu_s": time.process_time() - before[0],
            "upstream_cpu_s": cpu_seconds(stage.upstream.pid) - before[1],
        }


def crowd(stage: Stage, count: int) -> Metrics:
    """More streams at once than one processor serves in time, each delta with its stream's mark."""
    apart_ms = CROWDS_APART_MS[count]
    script = Script(IDEAL_MS // apart_ms, apart_ms)
    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        requests: dict[str, bytes] = {}
        scripts: dict[str, Script] = {}
        for mark in range(1, count + 1):
            marked = replace(script, mark=mark)
            one = stage.batch(1, marked).requests
            requests |= one
            scripts |= dict.fromkeys(one, marked)
        answered = plugin.exchange([Batch(requests)])
        traces = [checked(trace, scripts[session]) for session, trace in answered.items()]
        return {
            "wall_s": _longest_ms(traces) / 1e3,
            "first_p50_ms": median(trace.first_text_ms for trace in traces),
            "peak_mib": memory_mib(plugin.pid, "VmHWM"),
        }


def rates(stage: Stage) -> Metrics:
    """The processor time of a delta by how many arrive a second, without what a call costs."""

    def cpu_us(plugin: DrivenPlugin, script: Script) -> float:
        before = cpu_seconds(plugin.pid)
        for trace in plugin.exchange([stage.batch(RATE_STREAMS, script)]).values():
            checked(trace, script)
        return (cpu_seconds(plugin.pid) - before) * 1e6

    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        calls = cpu_us(plugin, _SHORT)
        told = {}
        for apart_ms in RATES_APART_MS:
            deltas = IDEAL_MS // apart_ms
            used = cpu_us(plugin, Script(deltas, apart_ms)) - calls
            told[str(apart_ms)] = used / (RATE_STREAMS * (deltas - SHORT_STREAM))
        return told


def burst(stage: Stage) -> Metrics:
    """Plain calls at once while a stream runs: the longest that one of its deltas was held."""
    with stage.start() as plugin:
        stage.warm_up(plugin)
        stage.warm_up(plugin, _SHORT)
        stream = stage.batch(1, _BURST_STREAM)
        calls = stage.batch(stage.scale.burst_calls, after=_BURST_AFTER_SECONDS)
        traces = plugin.exchange([stream, calls])
    (running,) = (checked(traces[session], _BURST_STREAM) for session in stream.requests)
    answers = [checked(traces[session], None) for session in calls.requests]
    burst_at = answers[0].sent_at
    return {
        "stall_ms": max(delay for at, delay in running.delays_ms if at >= burst_at),
        "answered_ms": _longest_ms(answers),
    }


def growth_prompt(stage: Stage) -> Metrics:
    """The time of a plain call by the size of its prompt."""

    def call_ms(plugin: DrivenPlugin, size: int) -> float:
        calls = min(max(_PROMPT_BYTES_PER_SIZE // size, _FEWEST_CALLS), _MOST_CALLS)
        return median([stage.ask(plugin, prompt_bytes=size).total_ms for _ in range(calls)])

    with stage.start() as plugin:
        stage.warm_up(plugin)
        return {str(size): call_ms(plugin, size) for size in GROWTH_PROMPT_BYTES}


def growth_deltas(stage: Stage) -> Metrics:
    """The time of one stream, as fast as it goes, by the number of its deltas."""

    def stream_ms(plugin: DrivenPlugin, script: Script) -> float:
        return median([stage.ask(plugin, script).total_ms for _ in range(_STREAMS_PER_LENGTH)])

    with stage.start() as plugin:
        stage.warm_up(plugin, _SHORT)
        return {str(deltas): stream_ms(plugin, Script(deltas)) for deltas in GROWTH_DELTAS}


def _p99(samples: Sequence[float]) -> float:
    return quantiles(samples, n=100, method="inclusive")[-1]


def _longest_ms(traces: Sequence[Trace]) -> float:
    return max(trace.total_ms for trace in traces)


MEASURES: Mapping[str, Measure] = {
    "start": start,
    "plain_call": plain_call,
    "first_token": first_token,
    "chunk_cpu": chunk_cpu,
    "rates": rates,
    **{f"streams_{count}": partial(streams, count=count) for count in STREAMS},
    **{f"crowd_{count}": partial(crowd, count=count) for count in CROWDS_APART_MS},
    "burst": burst,
    "tls_call": lambda stage: plain_call(replace(stage, tls=True)),
    "growth_prompt": growth_prompt,
    "growth_deltas": growth_deltas,
}
# About how long one process takes to be measured, at full scale.
SECONDS: Mapping[str, float] = {
    **dict.fromkeys(MEASURES, 4.0),
    "start": 1.5,
    "rates": 11.0,
    "growth_prompt": 9.0,
    "growth_deltas": 8.0,
    **{f"crowd_{count}": 8.0 for count in CROWDS_APART_MS},
}
# What needs an upstream says nothing about a plugin that has none.
NEEDS_UPSTREAM = frozenset({"tls_call"})
# What the raw client is measured with: one call at a time.
RAW_MEASURES = frozenset({"plain_call", "first_token", "chunk_cpu", "tls_call"})
