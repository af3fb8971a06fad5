"""A month of calls that never happened, of 50 apps, written straight into a database."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select

from tools.usage.calls import Call, row_of
from tools.usage.database import COST_PARTS, app_names, billed, call_tags, calls, writing

_SEED = 18
_DAYS = 60
_AT_ONCE = 10_000
_MS = 1000
_DAY_MS = 86_400 * _MS
# A name like this must stay text, in a page as in a table.
HOSTILE_NAME = '</script><b>Bold & "quoted"</b>'
# What apps are called, and what they are for.
_SUBJECTS = ("Support", "Sales", "Contracts", "Onboarding", "Search", "Billing", "Product", "HR")
_JOBS = ("assistant", "triage", "summaries", "drafts", "translator", "classifier")
# Name, service, API, USD for a million tokens of input, cached input and output (None: unknown),
# and its share of the calls.
_MODELS: tuple[tuple[str, str, str, tuple[float, float, float] | None, int], ...] = (
    ("gpt-6.1-terra", "openai", "chat", (2.5, 0.25, 15), 30),
    ("gpt-5-mini-2025-08-07", "openai", "chat", (0.25, 0.025, 2), 22),
    ("gpt-6-luna", "openai", "responses", (0.5, 0.05, 4), 14),
    ("gpt-6.2-sol", "openai", "responses", (6, 0.6, 36), 6),
    ("gpt-4o-2024-11-20", "azure_openai", "chat", (2.5, 1.25, 10), 12),
    ("gpt-4.1-mini-2025-04-14", "azure_openai", "chat", (0.4, 0.1, 1.6), 8),
    ("text-embedding-3-large", "openai", "embeddings", (0.13, 0.13, 0), 6),
    ("house-model-eu", "azure_openai", "chat", None, 2),
)
_WHY = ("web_search", "reasoning_summary", "document", "tools_with_reasoning", "only_api")
_FAILURES = (
    "InvokeRateLimitError",
    "InvokeServerUnavailableError",
    "InvokeBadRequestError",
    "Abandoned",
)
_UNTOLD = row_of(Call(key="", at=0, provider="", api="", model=""))
_TEAMS = ("search", "support", "finance", "growth")


def write_sample(
    engine: Engine, count: int, apps: int, now: datetime, odd_names: Sequence[str] = (HOSTILE_NAME,)
) -> None:
    """Write calls of the two months until `now`, most of them in the second, and apps' names.

    odd_names: among those that cost most, and so in the chart.
    """
    chance = random.Random(_SEED)  # noqa: S311 - no secret, and the same each time
    named = dict(_apps(chance, apps, odd_names))
    rows = _rows(chance, count, list(named), now)
    with writing(engine) as connection:
        connection.execute(
            insert(app_names), [{"app_id": app, "name": name} for app, name in named.items()]
        )
        for batch in batched(rows, _AT_ONCE):
            connection.execute(insert(calls), [row for row, _ in batch])
            tags = [
                {"key": row["key"], "name": "team", "value": team} for row, team in batch if team
            ]
            if tags:
                connection.execute(insert(call_tags), tags)
        _write_bills(connection)


def _write_bills(connection: Connection) -> None:
    """Write a bill for each day that is a little above what its calls come to."""
    day = (calls.c.at // _DAY_MS).label("day")
    cost = sum((calls.c[part] for part in COST_PARTS[1:]), start=calls.c[COST_PARTS[0]])
    by_day = select(day, func.sum(cost)).where(calls.c.provider == "openai").group_by(day)
    bills = [
        {
            "account": "production",
            "day": f"{datetime.fromtimestamp(number * _DAY_MS / _MS, UTC):%Y-%m-%d}",
            "line_item": "all models",
            "amount": int(amount) * 104 // 100,
        }
        for number, amount in connection.execute(by_day)
    ]
    connection.execute(insert(billed), bills)


def _apps(chance: random.Random, count: int, odd_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    names = [f"{subject} {job}" for job in _JOBS for subject in _SUBJECTS]
    names += [f"Experiment {number}" for number in range(1, count)]
    for name in [*names[:2], *odd_names, *names[2:]][:count]:
        digits = f"{chance.getrandbits(128):032x}"
        yield f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}", name


def _rows(
    chance: random.Random, count: int, apps: list[str], now: datetime
) -> Iterator[tuple[dict[str, Any], str | None]]:
    weights = [1 / (place + 1.5) ** 1.5 for place in range(len(apps))]
    days = [now - timedelta(days=number) for number in range(_DAYS)]
    day_weights = [
        (0.35 if day.weekday() >= 5 else 1) * (1.15 - number / _DAYS)  # noqa: PLR2004 - Saturday
        for number, day in enumerate(days)
    ]
    chosen_apps = chance.choices(apps, weights, k=count)
    chosen_days = chance.choices(days, day_weights, k=count)
    chosen_models = chance.choices(_MODELS, [model[-1] for model in _MODELS], k=count)
    for number in range(count):
        app = chosen_apps[number] if chance.random() > 0.03 else None  # noqa: PLR2004
        yield _row(chance, number, app, chosen_days[number], chosen_models[number])


def _row(
    chance: random.Random, number: int, app: str | None, day: datetime, model: tuple[Any, ...]
) -> tuple[dict[str, Any], str | None]:
    name, provider, api, prices, _ = model
    at = day.timestamp() - chance.random() * 86_400
    failure = chance.choice(_FAILURES) if chance.random() < 0.02 else None  # noqa: PLR2004
    tokens = round(chance.lognormvariate(7.4, 0.9))
    cached = round(tokens * chance.random() * 0.7) if tokens > 1024 else 0  # noqa: PLR2004
    output = 0 if api == "embeddings" else round(chance.lognormvariate(5.6, 0.8))
    if failure:
        tokens = cached = output = 0
    ms = round(chance.lognormvariate(7.6, 0.7))
    # Picodollars for a token are USD for a million of them, times a million.
    paid = [round(price * 1e6) for price in prices] if prices else None
    costs: dict[str, int | None] = dict.fromkeys(
        ("cost_input", "cost_cached", "cost_cache_write", "cost_output", "cost_tools", "saved")
    )
    if paid and not failure:
        costs = {
            "cost_input": (tokens - cached) * paid[0],
            "cost_cached": cached * paid[1],
            "cost_cache_write": 0,
            "cost_output": output * paid[2],
            "cost_tools": 0,
            "saved": cached * (paid[0] - paid[1]),
        }
    user = hashlib.sha256(str(chance.randrange(400)).encode()).hexdigest()
    row = _UNTOLD | {
        "key": f"call:{number:016x}",
        "at": round(at * _MS),
        "provider": provider,
        "api": api,
        "model": name,
        "app_id": app,
        "user_digest": user if app and chance.random() < 0.5 else None,  # noqa: PLR2004
        "stored": api == "chat",
        "tier": None if api == "embeddings" else "priority" if number % 25 == 0 else "default",
        "why": chance.choice(_WHY) if api == "responses" else None,
        "input": tokens,
        "cached": cached,
        "output": output,
        "reasoning": output // 2 if name.startswith(("gpt-5", "gpt-6")) else 0,
        "estimated": number % 97 == 0,
        "finish": None if failure else "stop",
        "error": failure,
        "ms": ms,
        "first_ms": ms // 3 if api != "embeddings" and not failure else None,
        **costs,
        "price_source": "catalogue" if paid and not failure else None,
        "in_log": True,
    }
    return row, chance.choice(_TEAMS) if chance.random() < 0.8 else None  # noqa: PLR2004
