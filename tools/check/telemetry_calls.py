"""Calls of every kind and end for the check of metrics, and what their usage lines add up to."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from itertools import product
from typing import Any

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import ModelTarget
from fakes.openai.process import LocalAccount
from fakes.otlp_collector.process import CollectorProcess
from tools.check.faults import ROUTES, TYPES

APPS = 10
_PREFIX = "usage "
# Language models are most of what apps call.
_LLM_SHARE = 4
# What the service answers in turn: each kind of token, no counts at all, failures of some classes.
STEPS: Sequence[JsonObject] = (
    {"text": "a", "usage": {"input": 1200, "cached": 1024, "output": 90, "reasoning": 64}},
    {"text": "b", "usage": {"input": 3, "output": 1}, "service_tier": "flex"},
    {"text": "c", "usage": {"input": 70_000, "cached": 3, "cache_write": 7, "output": 4_000}},
    {"text": "no usage", "usage": None},
    {"fault": "content_filter"},
    {"fault": "insufficient_quota"},
    {"fault": "cut", "after": 8},
)
# As the conventions name what the lines name otherwise.
_PROVIDERS = {"openai": "openai", "azure_openai": "azure.ai.openai"}
_OPERATIONS = {
    "chat": ("chat", "chat_completions"),
    "responses": ("chat", "responses"),
    "embeddings": ("embeddings", ""),
    "moderations": ("moderation", ""),
    "transcriptions": ("transcription", ""),
    "speech": ("speech", ""),
}
_BY = (
    "dify.app_id",
    "gen_ai.provider.name",
    "gen_ai.operation.name",
    "openai.api.type",
    "gen_ai.response.model",
    "openai.response.service_tier",
    "error.type",
)
_TOKENS = "gen_ai.client.token.usage"
_PARTS = {
    "gen_ai.client.inference.usage.cache_read.input_tokens": "cached",
    "gen_ai.client.inference.usage.cache_write.input_tokens": "cache_write",
    "gen_ai.client.inference.usage.reasoning.output_tokens": "reasoning",
}
DURATION = "gen_ai.client.operation.duration"
_FIRST = "gen_ai.client.operation.time_to_first_chunk"
_COST = "dify.model.cost"
_NEAR = 1e-5  # they are added up in another order

type Line = Mapping[str, Any]
type Sums = dict[tuple[str | int, ...], float]


def kinds() -> Iterator[tuple[str, str, str]]:
    """Yield the type, route and mode of calls that cover all of them, most of language models."""
    for name, kind in TYPES.items():
        for route, mode in product(kind.routes, kind.modes):
            yield from [(name, route, mode)] * (_LLM_SHARE if name == "llm" else 1)


def ask(
    plugin: PluginProcess,
    account: LocalAccount,
    kind: tuple[str, str, str],
    app: str | None,
    **more: str,
) -> None:
    """Make a call; it may fail as planned."""
    name, route, mode = kind
    provider, path, protocol = ROUTES[route]
    credentials = {
        "openai_api_key": account.key,
        "openai_api_base": f"{account.url}{path}",
        "api_protocol": protocol,
        "auth_method": "api_key",
        "base_model_name": TYPES[name].model,
        "max_attempts": "1",
        **more,
    }
    target = ModelTarget(
        provider=provider,
        model=TYPES[name].model,
        credentials=credentials,
        model_type=name.partition(" ")[0],
    )
    with suppress(PluginError):
        for _ in plugin.open_session(TYPES[name].request(target, mode), app_id=app):
            pass


def usage_lines(plugin: PluginProcess) -> list[Line]:
    """Return the usage lines that a plugin has logged."""
    return [
        json.loads(record.message.removeprefix(_PREFIX))
        for record in list(plugin.log)
        if record.message.startswith(_PREFIX)
    ]


def differences(lines: Iterable[Line], collector: CollectorProcess) -> list[str]:
    """Say for each metric in how many series it differs from the lines, nothing if it is equal."""
    lines = list(lines)
    streamed = [line for line in lines if line["first_ms"] is not None]
    priced = [line for line in lines if line.get("cost") is not None]
    typed = collector.totals(_TOKENS, "gen_ai.token.type", *_BY)
    tokens = {
        side: {key[1:]: total for key, total in typed.items() if key[0] == side}
        for side in ("input", "output")
    }
    pairs = [
        ("calls", _added(lines, ""), collector.counts(DURATION, *_BY)),
        ("milliseconds", _added(lines, "ms"), _in_ms(collector.totals(DURATION, *_BY))),
        ("first pieces", _added(streamed, ""), collector.counts(_FIRST, *_BY)),
        ("their ms", _added(streamed, "first_ms"), _in_ms(collector.totals(_FIRST, *_BY))),
        *((side, _added(lines, side), arrived) for side, arrived in tokens.items()),
        *(
            (name, _added(lines, name), collector.totals(metric, *_BY))
            for metric, name in _PARTS.items()
        ),
        ("cost", _added(priced, "cost"), collector.totals(_COST, *_BY)),
    ]
    return [
        f"{what}: {number} of {len(expected)} series differ, sums {sum(expected.values()):.6f} "
        f"and {sum(arrived.values()):.6f}"
        for what, expected, arrived in pairs
        if (number := _differing(expected, arrived))
    ]


def _in_ms(seconds: Sums) -> Sums:
    return {key: total * 1000 for key, total in seconds.items()}


def _added(lines: Iterable[Line], fact: str) -> Sums:
    """Add up a fact of the lines, without one the lines themselves."""
    sums: dict[tuple[str | int, ...], Decimal] = defaultdict(Decimal)
    for line in lines:
        operation, api = _OPERATIONS[line["api"]]
        key = (
            line["app_id"] or "",
            _PROVIDERS[line["provider"]],
            operation,
            api,
            "" if line["error"] else line["model"],
            line["tier"] or "",
            line["error"] or "",
        )
        sums[key] += Decimal(line[fact]) if fact else 1
    return {key: float(total) for key, total in sums.items() if total}


def _differing(expected: Sums, arrived: Sums) -> int:
    keys = {*expected, *(key for key, total in arrived.items() if total)}
    return sum(abs(expected.get(key, 0) - arrived.get(key, 0)) > _NEAR for key in keys)
