"""Every fault of the local service, on every route, in both modes, for every model type."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Protocol, get_args

from rich.console import Console

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject, LogRecord
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import (
    LLMOptions,
    ModelTarget,
    invoke_llm,
    invoke_moderation,
    invoke_speech2text,
    invoke_text_embedding,
    invoke_tts,
)
from fakes.openai.process import LocalAccount, ServiceProcess
from fakes.openai.steps import Fault
from tools.check.errors import CheckFailure
from tools.check.expected_faults import EXPECTED, Expected
from tools.progress import Progress

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "faults.md"
_FAULTS: Sequence[str] = get_args(Fault.model_fields["kind"].annotation)
_PROMPT = "canary-prompt-of-the-faults"
_AT_ONCE = 8
_CASE_SECONDS = 0.1  # to expect of a call among them
_MOST_ATTEMPTS = 3
# Faults that may say how long to wait: next to nothing here, and as long for a broken connection.
_SOON: JsonObject = {"retry_after": 0, "retry_after_ms": 5}
# Deep enough in a stream that Dify has got text.
_AFTER_EVENTS = 8
# A call whose service says nothing ends with its limit; no other one takes as long as this.
_LIMIT_SECONDS, _MOST_SECONDS = 1, 60.0


@dataclass(frozen=True, slots=True)
class _ModelType:
    """A type of models: which one is asked, on which routes, in which modes, and how.

    Its name begins with Dify's; what follows is how its models answer.
    """

    model: str
    routes: Sequence[str]
    modes: Sequence[str]
    request: Callable[[ModelTarget, str], JsonObject]


# provider, path of the base URL, API protocol
ROUTES: Mapping[str, tuple[str, str, str]] = {
    "openai chat": ("openai", "", "chat"),
    "openai responses": ("openai", "", "responses"),
    "azure chat": ("azure_openai", "", "chat"),
    "azure responses": ("azure_openai", "", "responses"),
    "azure-v1 chat": ("azure_openai", "/openai/v1", "chat"),
    "azure-v1 responses": ("azure_openai", "/openai/v1", "responses"),
}
_SERVICES = ("openai chat", "azure chat", "azure-v1 chat")
TYPES: Mapping[str, _ModelType] = {
    "llm": _ModelType(
        "gpt-4o-mini",
        tuple(ROUTES),
        ("stream", "whole"),
        lambda target, mode: invoke_llm(
            target, [user_message(_PROMPT)], LLMOptions(stream=mode == "stream")
        ),
    ),
    "text-embedding": _ModelType(
        "text-embedding-3-small",
        _SERVICES,
        ("whole",),
        lambda target, _: invoke_text_embedding(target, [_PROMPT]),
    ),
    # Azure has none.
    "moderation": _ModelType(
        "omni-moderation-latest",
        _SERVICES[:1],
        ("whole",),
        lambda target, _: invoke_moderation(target, _PROMPT),
    ),
    "speech2text": _ModelType(
        "whisper-1",
        _SERVICES,
        ("whole",),
        lambda target, _: invoke_speech2text(
            target, (_ROOT / "_assets" / "one_second.wav").read_bytes()
        ),
    ),
    "tts": _ModelType(
        "gpt-4o-mini-tts", _SERVICES, ("whole",), lambda target, _: invoke_tts(target, _PROMPT)
    ),
    "tts by chat": _ModelType(
        "gpt-audio-1.5", _SERVICES, ("whole",), lambda target, _: invoke_tts(target, _PROMPT)
    ),
}


class Host(Protocol):
    """What has the plugin running, as `PluginProcess` and `DaemonClient` do."""

    @property
    def log(self) -> Sequence[LogRecord]:
        """What the plugin has logged so far, as far as the host can tell."""

    def open_session(
        self, request: JsonObject, *, app_id: str | None = None
    ) -> Iterable[dict[str, Any]]:
        """Call a model; the results come with the iteration, which raises PluginError."""


@dataclass(frozen=True, slots=True)
class FaultCase:
    """One call: `switch` is the setting of request metadata."""

    fault: str
    type: str
    route: str
    mode: str
    switch: str

    @property
    def expected(self) -> Expected | None:
        """What is to become of it, None where its service has no such fault."""
        return next((each for each in EXPECTED[self.fault] if self._fits(each)), None)

    def _fits(self, expected: Expected) -> bool:
        return (
            expected.mode in {"", self.mode}
            and (not expected.types or self.type in expected.types)
            and self.route.startswith(expected.services)
        )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a call; `stored` says whether each request asked the service to keep it."""

    error: str
    sentence: str
    requests: int
    stored: bool
    seconds: float
    leaked: bool


@dataclass(frozen=True, slots=True)
class FaultyCall:
    """A call and what became of it."""

    case: FaultCase
    outcome: _Outcome

    @property
    def expected(self) -> Expected:
        """What should have become of it."""
        assert self.case.expected  # noqa: S101 - no other call is made
        return self.case.expected

    @property
    def difference(self) -> str:
        """What is not as it should be, "" if all is."""
        outcome, expected = self.outcome, self.expected
        kept = self.case.type == "llm" and self.case.switch == "enabled"
        wrong = {
            f"told as {outcome.error or 'an answer'}": outcome.error != expected.error,
            f"{outcome.requests} requests": outcome.requests != expected.requests,
            f"store is {outcome.stored}": outcome.stored != kept,
            f"{outcome.seconds:.0f} s": outcome.seconds > _MOST_SECONDS,
            "not one line": len(outcome.sentence.splitlines()) != bool(expected.error),
            "a key or prompt in the log or a key in the error": outcome.leaked,
        }
        return ", ".join(words for words, is_so in wrong.items() if is_so)

    def __str__(self) -> str:
        """Say what was called and how it differs."""
        return f"{self.case}: {self.difference}; {self.outcome.sentence}"


def check_faults(console: Console) -> None:
    """Make every call that can fail fail, compare, and write docs/faults.md.

    Raises:
        CheckFailure: an outcome is not the expected one.
    """
    cases = [*fault_cases()]
    seconds = len(cases) * _CASE_SECONDS
    with (
        ServiceProcess() as service,
        PluginProcess(_ROOT) as plugin,
        Progress(seconds) as progress,
    ):
        progress.step(f"Making {len(cases)} calls fail", seconds)
        ended = faulty_calls(plugin, service, cases)
    _PAGE.write_text(_page(ended), encoding="utf-8")
    differing = [call for call in ended if call.difference]
    for call in differing:
        console.print(str(call), markup=False, highlight=False, soft_wrap=True)
    console.print(f"{len(ended)} calls; {_PAGE.relative_to(_ROOT)} is written", highlight=False)
    if differing:
        raise CheckFailure(f"{len(differing)} of {len(ended)} calls did not end as expected")


def fault_cases() -> Iterator[FaultCase]:
    """Yield every call that can fail."""
    for name, model_type in TYPES.items():
        switches = ("enabled", "disabled")
        for parts in product(_FAULTS, [name], model_type.routes, model_type.modes, switches):
            case = FaultCase(*parts)
            if case.expected:
                yield case


def faulty_calls(
    host: Host, service: ServiceProcess, cases: Iterable[FaultCase]
) -> list[FaultyCall]:
    """Make each call with an account of its own, whose next answers are the fault."""
    asked = [(case, service.new_account()) for case in cases]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        outcomes = pool.map(lambda call: _outcome(host, *call), asked)
        return [
            FaultyCall(case, outcome) for (case, _), outcome in zip(asked, outcomes, strict=True)
        ]


def _outcome(plugin: Host, case: FaultCase, account: LocalAccount) -> _Outcome:
    account.extend_plan(*[_step(case.fault)] * _MOST_ATTEMPTS)
    model_type = TYPES[case.type]
    target = replace(_target(case, account), model_type=case.type.partition(" ")[0])
    logged_before = len(plugin.log)
    started = time.monotonic()
    error = sentence = ""
    try:
        for _ in plugin.open_session(
            model_type.request(target, case.mode), app_id=account.key[-36:]
        ):
            pass
    except PluginError as failure:
        error, sentence = failure.error_type, failure.message
    seconds = time.monotonic() - started
    sent = account.journal()
    kept = [
        isinstance(entry["body"], dict) and entry["body"].get("store") is True for entry in sent
    ]
    log = " ".join(record.message for record in plugin.log[logged_before:])
    leaked = account.key in log or _PROMPT in log or account.key in sentence
    return _Outcome(error, sentence, len(sent), bool(kept) and all(kept), seconds, leaked)


def _step(fault: str) -> JsonObject:
    if fault in {"malformed", "error_event", "cut"}:
        return {"fault": fault, "after": _AFTER_EVENTS}
    return {"fault": fault, **({} if fault in {"timeout", "disconnect", "html"} else _SOON)}


def _target(case: FaultCase, account: LocalAccount) -> ModelTarget:
    provider, path, protocol = ROUTES[case.route]
    model = TYPES[case.type].model
    credentials = {
        "openai_api_key": account.key,
        "openai_api_base": f"{account.url}{path}",
        "api_protocol": protocol,
        "enable_request_metadata": case.switch,
        "auth_method": "api_key",
        "base_model_name": model,
    }
    if case.fault == "timeout":
        credentials["request_timeout"] = str(_LIMIT_SECONDS)
    return ModelTarget(provider=provider, model=model, credentials=credentials)


def _page(ended: Sequence[FaultyCall]) -> str:
    """Return the page: a row for each fault and outcome."""
    rows: dict[tuple[str, Expected], list[FaultyCall]] = {}
    for call in ended:
        rows.setdefault((call.case.fault, call.expected), []).append(call)
    faults = sorted(rows, key=lambda row: (row[1].error, row[0]))
    return "\n".join(
        [
            "# What becomes of a failure",
            "",
            f"Written by `uv run -q python -m tools.check faults`: {len(ended):,} calls, one for "
            "every fault of the local service (`fakes/openai/faults.py`) on every route, in both "
            f"modes, with request metadata on and off, for every model type ({', '.join(TYPES)}).",
            "",
            "What fails is told in one of Dify's classes and one sentence, with no key in it, and "
            "with neither key nor prompt in the log. With the switch on each request of a language "
            "model asks the service to keep it, with the switch off none does, whatever fails. "
            "Requests are the attempts, of which each may be billed. The time is the median, with "
            "pauses of 5 ms where the service asks for one and the plugin's own otherwise.",
            "",
            "| Dify is told | Fault | Calls | Requests | Time | Why |",
            "|---|---|---|---|---|---|",
            *(_row(fault, expected, rows[fault, expected]) for fault, expected in faults),
            "",
        ]
    )


def _row(fault: str, expected: Expected, calls: Sequence[FaultyCall]) -> str:
    seconds = sorted(call.outcome.seconds for call in calls)[len(calls) // 2]
    differing = sorted({call.difference for call in calls} - {""})
    why = "; ".join([expected.why, *(f"**not so: {words}**" for words in differing)])
    asked = _asked([call.case for call in calls])
    return (
        f"| {expected.error or 'an answer'} | `{fault}` | {asked} | {expected.requests} "
        f"| {seconds:.1f} s | {why} |"
    )


def _asked(cases: Sequence[FaultCase]) -> str:
    """Name the calls of a row by what they have in common."""
    asked = {(case.type, case.mode) for case in cases}
    every = {(kind, mode) for kind, model_type in TYPES.items() for mode in model_type.modes}
    llm = {"stream", "whole"} & {mode for kind, mode in asked if kind == "llm"}
    named = [f"llm {mode}" for mode in sorted(llm)] + sorted({k for k, _ in asked} - {"llm"})
    on_azure = all(case.route.startswith("azure") for case in cases)
    complete = asked == every or (on_azure and len(asked) == len(every) - 1)
    return ("all" if complete else ", ".join(named)) + (" on Azure" if on_azure else "")
