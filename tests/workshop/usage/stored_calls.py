"""Calls that are already in a database, written without a collector."""

from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Connection, Engine

from tools.usage.calls import Call, row_of
from tools.usage.database import COST_PARTS, call_tags, calls, upsert, writing

_numbers = count()


def write(engine: Engine, *rows: dict[str, Any]) -> None:
    """Write what `a_call` returned."""
    with writing(engine) as connection:
        for row in rows:
            _write(connection, dict(row))


def a_call(at: str = "2026-11-20T12:00:00+00:00", **facts: Any) -> dict[str, Any]:
    """Return a call of a chat, at a time of its zone.

    `usd` is what its output cost, None for an unknown price; `tags` are the operator's.
    """
    return {"at": round(datetime.fromisoformat(at).timestamp() * 1000), **facts}


def _write(connection: Connection, facts: dict[str, Any]) -> None:
    tags = facts.pop("tags", {})
    usd = facts.pop("usd", "0")
    costs: dict[str, Any] = dict.fromkeys((*COST_PARTS, "saved"))
    if usd is not None:
        costs = dict.fromkeys(costs, 0) | {"cost_output": int(Decimal(usd).scaleb(12))}
    usual: dict[str, Any] = {
        "provider": "openai",
        "api": "chat",
        "model": "gpt-6.1-terra",
        "input": 1,
    }
    key = f"call:{next(_numbers):016x}"
    row = row_of(Call(key=key, **usual | facts)) | costs
    upsert(connection, calls, [row])
    upsert(connection, call_tags, [{"key": key, "name": n, "value": v} for n, v in tags.items()])
