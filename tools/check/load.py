"""Many calls through one process: complete and unmixed, and what they leave behind in it."""

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import batched, count
from pathlib import Path

from rich.console import Console

from fakes.dify_daemon.connection import request_line
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.requests import LLMOptions, invoke_llm
from tools.bench.driven_plugin import Batch, DrivenPlugin
from tools.bench.machine import allow_descriptors, describe_machine, memory_mib
from tools.bench.recording import Trace
from tools.bench.script import Script
from tools.bench.subject import APIS, own_plugin
from tools.bench.upstream_process import UpstreamProcess
from tools.check.errors import CheckFailure
from tools.progress import Progress

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "load.md"
_CALLS_AT_ONCE = 50
_ONE_IN_A_HUNDRED = 100
_WARM_UP_CALLS = 50
# Idle connections are kept for a minute.
_REST_SECONDS = 75.0
_KIND_SECONDS = 80.0  # to expect of one kind of load, besides
_PLAIN = Script(1)


@dataclass(frozen=True, slots=True)
class _Scale:
    """How much of everything."""

    streams: int = 1000
    soak_streams: int = 500
    soak_seconds: float = 120.0
    calls: int = 10_000
    credentials: int = 2000
    rest_seconds: float = _REST_SECONDS


FULL = _Scale()
SHORT = _Scale(100, 50, 10.0, 500, 200)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a process holds: resident memory in MiB, and numbers of things."""

    memory: float
    descriptors: int
    sockets: int
    threads: int

    @classmethod
    def by(cls, pid: int) -> "_Held":
        """Read it of a running process."""
        links = []
        for entry in os.scandir(f"/proc/{pid}/fd"):
            try:
                links.append(os.readlink(entry.path))
            except FileNotFoundError:  # closed meanwhile
                continue
        sockets = sum(link.startswith("socket:") for link in links)
        threads = len(os.listdir(f"/proc/{pid}/task"))
        return cls(memory_mib(pid, "VmRSS"), len(links), sockets, threads)


@dataclass(slots=True)
class _Load:
    """A fresh plugin under one kind of load; `outcomes` counts how its sessions ended."""

    plugin: DrivenPlugin
    url: str
    outcomes: Counter[str] = field(default_factory=Counter)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, scripts: Sequence[Script], keys: Sequence[str] = ()) -> None:
        """Make a call for each script at once, on either API in turn, and judge the answers."""
        subject = own_plugin("openai")
        asked: dict[str, Script] = {}
        lines: dict[str, bytes] = {}
        for number, script in enumerate(scripts):
            target = subject.target(APIS[number % len(APIS)], self.url)
            if keys:
                credentials = {**target.credentials, "openai_api_key": keys[number]}
                target = replace(target, credentials=credentials)
            session = str(uuid.uuid4())
            options = LLMOptions(stream=bool(script.mark))
            messages = [user_message(script.to_prompt())]
            lines[session] = request_line(session, invoke_llm(target, messages, options))
            asked[session] = script
        traces = self.plugin.exchange([Batch(lines)])
        for session, trace in traces.items():
            self.outcomes[_judged(trace, asked[session])] += 1

    def streams(self, number: int, seconds: float, apart_ms: int, *, faults: bool) -> None:
        """Run so many streams at once that last so many seconds; of a hundred one breaks."""
        deltas = round(seconds * 1000 / apart_ms)
        marks = [next(self._numbers) for _ in range(number)]
        self.run(
            [
                Script(deltas, apart_ms, mark, cut_after=deltas // 2 if broken else 0)
                for mark in marks
                for broken in [faults and mark % _ONE_IN_A_HUNDRED == 0]
            ]
        )


def _judged(trace: Trace, script: Script) -> str:
    """Name how a session ended: one of `_GOOD`, or what is wrong with it."""
    text = "".join(text for _, text in trace.chunks)
    if not script.mark:
        return trace.error or ("answered" if text else "without text")
    arrived, wanted = trace.stamps, script.marks
    if arrived != wanted:
        return "mixed with another stream" if {*arrived} - {*wanted} else "incomplete"
    if not script.cut_after:
        return trace.error or "answered"
    told = trace.error.startswith("InvokeConnectionError")
    return "broken and told so" if told else f"broken and told {trace.error or 'as an answer'}"


_GOOD = frozenset({"answered", "broken and told so"})


def _many_streams(load: _Load, scale: _Scale) -> None:
    load.streams(scale.streams, seconds=15, apart_ms=300, faults=False)


def _soak(load: _Load, scale: _Scale) -> None:
    ends_at = time.monotonic() + scale.soak_seconds
    while time.monotonic() < ends_at:
        load.streams(scale.soak_streams, seconds=5, apart_ms=200, faults=True)


def _calls(load: _Load, scale: _Scale) -> None:
    for _ in range(scale.calls // _CALLS_AT_ONCE):
        load.run([_PLAIN] * _CALLS_AT_ONCE)


def _credentials(load: _Load, scale: _Scale) -> None:
    for numbers in batched(range(scale.credentials), _CALLS_AT_ONCE):
        load.run([_PLAIN] * len(numbers), [f"sk-load-{number:06}" for number in numbers])


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of load, and how much more memory it may leave behind, in MiB."""

    title: str
    run: Callable[[_Load, _Scale], None]
    most_memory: float


# Python's allocator keeps memory for the next burst; what grows with each call would be a leak.
# Connections that nobody uses are closed after a minute.
_KINDS = (
    _Kind("{streams:,} streams at once", _many_streams, 64),
    _Kind("{soak_streams} streams at once for {soak_seconds:.0f} s, 1 % broken", _soak, 48),
    _Kind("{calls:,} calls, 50 at once", _calls, 12),
    _Kind("{credentials:,} credentials in turn", _credentials, 12),
)
_MOST_SOCKETS_LEFT = 5


def check_load(console: Console, *, short: bool = False) -> None:
    """Put each kind of load on a fresh process, and write docs/load.md unless it is `short`.

    Raises:
        CheckFailure: an answer is incomplete, mixed or told wrongly, or too much is left behind.
    """
    scale = SHORT if short else FULL
    descriptors = allow_descriptors()
    rows, wrong = [], []
    seconds = _KIND_SECONDS + scale.rest_seconds
    with UpstreamProcess() as upstream, Progress(seconds * len(_KINDS)) as progress:
        for kind in _KINDS:
            title = kind.title.format(**{name: getattr(scale, name) for name in _Scale.__slots__})
            progress.step(title, seconds)
            row, faults = _measured(kind, upstream, scale)
            console.print(title, row, sep="\n  ", highlight=False, markup=False, soft_wrap=True)
            rows.append(f"| {title} | {row} |")
            wrong += [f"{title}: {fault}" for fault in faults]
    if not short:
        _PAGE.write_text(_page(rows, describe_machine(), descriptors), encoding="utf-8")
    if wrong:
        raise CheckFailure("; ".join(wrong))


def _measured(kind: _Kind, upstream: UpstreamProcess, scale: _Scale) -> tuple[str, Sequence[str]]:
    with closing(DrivenPlugin(own_plugin("openai"))) as plugin:
        load = _Load(plugin, upstream.url)
        for _ in range(_WARM_UP_CALLS):
            load.run([_PLAIN])
        load.outcomes.clear()
        before = _Held.by(plugin.pid)
        started = time.monotonic()
        kind.run(load, scale)
        seconds = time.monotonic() - started
        after = _Held.by(plugin.pid)
        ended = ", ".join(f"{number:,} {how}" for how, number in load.outcomes.most_common())
        time.sleep(scale.rest_seconds)
        load.run([_PLAIN])
        rested = _Held.by(plugin.pid)
        peak = memory_mib(plugin.pid, "VmHWM")
    faults = [f"{number} {name}" for name, number in load.outcomes.items() if name not in _GOOD]
    left: Mapping[str, tuple[float, float]] = {
        "MiB of memory": (rested.memory - before.memory, kind.most_memory),
        "sockets": (rested.sockets - before.sockets, _MOST_SOCKETS_LEFT),
        "descriptors": (rested.descriptors - before.descriptors, _MOST_SOCKETS_LEFT),
    }
    faults += [
        f"{grown:.0f} {what} more than before, {most:.0f} are allowed"
        for what, (grown, most) in left.items()
        if grown > most
    ]
    held = [f"{each:.0f}" for each in (before.memory, peak, after.memory, rested.memory)]
    numbers = [
        f"{getattr(before, name)} / {getattr(after, name)} / {getattr(rested, name)}"
        for name in ("descriptors", "sockets", "threads")
    ]
    return " | ".join([ended, f"{seconds:.0f} s", " / ".join(held), *numbers]), faults


def _page(rows: Sequence[str], machine: Mapping[str, str], descriptors: int) -> str:
    return "\n".join(
        [
            "# Under load",
            "",
            "Written by `uv run -q python -m tools.check load`: one fresh plugin process for each "
            "row, driven as the daemon does, against a local upstream; half of the calls on each "
            "API. Each delta of a stream says whose it is and which, and is compared. Memory is "
            "resident, in MiB: before / at its most / afterwards / after "
            f"{_REST_SECONDS:.0f} s of rest and one more call. Descriptors, sockets and threads: "
            "before / afterwards / after the rest.",
            "",
            f"On {machine['cpus']} x {machine['processor']}, {machine['system']}, load "
            f"{machine['load_at_start']} at the end, {descriptors:,} descriptors allowed.",
            "",
            "| Load | Ended | Time | Memory | Descriptors | Sockets | Threads |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
