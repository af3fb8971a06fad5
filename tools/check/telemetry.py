"""Metrics add up to the usage lines, whatever the collector does, and cost the calls nothing."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from rich.console import Console

from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.openai.process import ServiceProcess
from fakes.otlp_collector.process import CollectorProcess
from tools.bench.machine import memory_mib
from tools.check.errors import CheckFailure
from tools.check.telemetry_calls import (
    APPS,
    DURATION,
    STEPS,
    ask,
    differences,
    kinds,
    usage_lines,
)
from tools.progress import Progress

_ROOT = Path(__file__).parents[2]
_AT_ONCE = 8
_PATIENCE = 60.0
_LAST_MOMENT = 0.5
_MOST_GROWTH_MIB = 15.0
_TROUBLE_SECONDS, _CALL_SECONDS = 1, 0.005
_VARIABLES = {"OTEL_METRIC_EXPORT_INTERVAL": "2000", "OTEL_EXPORTER_OTLP_TIMEOUT": "3"}


@dataclass(frozen=True, slots=True)
class TelemetryScale:
    """How many calls, by how many processes of the plugin."""

    calls: int = 10_000
    processes: int = 3


# What the collector does meanwhile; None: it is not there.
_TROUBLE: Mapping[str, Mapping[str, float] | None] = {
    "takes everything": {},
    "answers 503, retry after 1 s": {"status": 503, "retry_after": 1},
    "answers 429, retry after an hour": {"status": 429, "retry_after": 3600},
    "answers 401": {"status": 401},
    "says nothing for 20 s": {"stall": 20},
    "is not there": None,
    "is back": {},
}


def check_telemetry(console: Console, scale: TelemetryScale | None = None) -> None:
    """Make calls of every kind while the collector misbehaves, and compare the sums.

    Raises:
        CheckFailure: something else arrived than the usage lines say, or memory grew.
    """
    scale = scale or TelemetryScale()
    each = scale.calls // len(_TROUBLE)
    seconds_each = _TROUBLE_SECONDS + each * _CALL_SECONDS
    with ExitStack() as running:
        progress = running.enter_context(Progress(len(_TROUBLE) * seconds_each))
        service = running.enter_context(ServiceProcess())
        collector = running.enter_context(CollectorProcess())
        environment = {**_VARIABLES, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        plugins = [
            running.enter_context(PluginProcess(_ROOT, environment=environment))
            for _ in range(scale.processes)
        ]
        memory: list[list[float]] = []
        for what, told in _TROUBLE.items():
            progress.step(f"{each:,} calls while the collector {what}", seconds_each)
            if told is None:
                collector.end()
            elif not collector.alive:
                collector = running.enter_context(CollectorProcess(collector.port))
            else:
                collector.behave(**told)
            seconds = _calls(plugins, service, each)
            memory.append([memory_mib(pid, "VmRSS") for pid in _processes(plugins)])
            console.print(
                f"the collector {what}: {each:,} calls, median {median(seconds) * 1000:.0f} ms; "
                f"memory {_listed(memory[-1])} MiB",
                highlight=False,
                soft_wrap=True,
            )
        # The last ones are killed with their last counts unsent, but for those of the last moment.
        time.sleep(_LAST_MOMENT)
        for plugin in plugins[1:]:
            plugin.child.kill()
        lines = [line for plugin in plugins for line in usage_lines(plugin)]
        collector.await_calls(DURATION, len(lines), _PATIENCE)
        wrong = [*differences(lines, collector), *collector.received()["misfits"]]
        instances = len(collector.received()["resources"])
    failed = sum(line["error"] is not None for line in lines)
    console.print(
        f"{len(lines):,} usage lines, {failed:,} of failures, from {instances} processes: "
        f"{'; '.join(wrong) or 'every sum is equal'}",
        highlight=False,
        soft_wrap=True,
    )
    grown = [last - first for first, last in zip(memory[1], memory[-1], strict=True)]
    if max(grown) > _MOST_GROWTH_MIB:
        wrong.append(f"memory grew by {_listed(grown)} MiB, {_MOST_GROWTH_MIB:g} are allowed")
    if instances != scale.processes:
        wrong.append(f"{instances} processes are told apart, there were {scale.processes}")
    if wrong:
        raise CheckFailure("; ".join(wrong))


def _calls(plugins: Sequence[PluginProcess], service: ServiceProcess, number: int) -> list[float]:
    """Make so many calls, on the plugins in turn, and return how long each took."""
    account = service.new_account()
    account.extend_plan(*islice(cycle(STEPS), number))
    work = islice(zip(cycle(plugins), cycle(kinds()), strict=False), number)

    def timed(numbered: tuple[int, tuple[PluginProcess, tuple[str, str, str]]]) -> float:
        index, (plugin, kind) = numbered
        started = time.monotonic()
        # One in ten calls is outside of any app.
        ask(plugin, account, kind, f"app-{index % APPS}" if index % 10 else None)
        return time.monotonic() - started

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(timed, enumerate(work)))


def _processes(plugins: Sequence[PluginProcess]) -> list[int]:
    """Return the plugins and then what counts for each."""
    own = [plugin.child.pid for plugin in plugins]
    return [*own, *(pid for parent in own for pid in children(parent))]


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [
        int(child)
        for task in os.listdir(f"/proc/{pid}/task")
        for child in Path(f"/proc/{pid}/task/{task}/children").read_text("ascii").split()
    ]


def _listed(numbers: Sequence[float]) -> str:
    return " ".join(f"{number:.0f}" for number in numbers)
