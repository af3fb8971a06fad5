"""Many streams at once, and a running stream in a burst of calls: how long each delta is held."""

import time

from tools.bench.driven_plugin import DrivenPlugin
from tools.bench.quantiles import percentile
from tools.bench.scale import APART_MS
from tools.bench.script import Script
from tools.bench.stage import Stage, checked

_BURST_AFTER_SECONDS = 1.0
_BURST_STREAM = Script(150, APART_MS)


def concurrent_streams(
    stage: Stage, plugin: DrivenPlugin, count: int, script: Script
) -> dict[str, float]:
    """Ask for streams at once and return their times, and who used how much processor time."""
    batch = stage.batch(count, script)
    used = (plugin.cpu_seconds(), stage.upstream.cpu_seconds(), time.process_time())
    traces = [checked(trace, script) for trace in plugin.exchange([batch]).values()]
    firsts = [trace.first_text_ms for trace in traces]
    delays = [delay for trace in traces for delay in trace.delays_ms]
    return {
        "wall_s": max(trace.total_ms for trace in traces) / 1e3,
        "first_p50_ms": percentile(firsts, 50),
        "first_p99_ms": percentile(firsts, 99),
        "delay_p50_ms": percentile(delays, 50),
        "delay_p99_ms": percentile(delays, 99),
        "peak_mib": plugin.memory_mib("VmHWM"),
        "cpu_s": plugin.cpu_seconds() - used[0],
        "upstream_cpu_s": stage.upstream.cpu_seconds() - used[1],
        # Reading the lines after the measurement is included: it is an upper bound.
        "driver_cpu_s": time.process_time() - used[2],
    }


def burst(stage: Stage, plugin: DrivenPlugin) -> dict[str, float]:
    """Send plain calls at once while a stream runs and return the longest that a delta was held."""
    stream = stage.batch(1, _BURST_STREAM)
    calls = stage.batch(stage.scale.burst_calls, after=_BURST_AFTER_SECONDS)
    traces = plugin.exchange([stream, calls])
    (running,) = (checked(traces[session], _BURST_STREAM) for session in stream.requests)
    answers = [checked(traces[session], None) for session in calls.requests]
    burst_at = answers[0].sent_at
    quiet = [(at - stamp) / 1e6 for stamp, at in running.deltas if at < burst_at]
    busy = [(at - stamp) / 1e6 for stamp, at in running.deltas if at >= burst_at]
    return {
        "stall_ms": max(busy),
        "quiet_ms": max(quiet),
        "answered_ms": max(answer.total_ms for answer in answers),
    }
