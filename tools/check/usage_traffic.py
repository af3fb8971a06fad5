"""Made-up calls of 50 apps: what the local service keeps of them, and the daemon's log of them."""

import json
import random
import sqlite3
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.openai.store import Store
from fakes.openai.stored import kept_completion, kept_response

type Sums = list[tuple[Any, ...]]

_APPS = 50
# USD for a million tokens: input, cached, output (platform.openai.com/docs/pricing).
_PRICES: Mapping[str, tuple[float, float, float]] = {
    "gpt-4o-mini-2024-07-18": (0.15, 0.075, 0.60),
    "gpt-4.1-2025-04-14": (2.00, 0.50, 8.00),
    "o4-mini-2025-04-16": (1.10, 0.275, 4.40),
}
_FIRST_AT = 1_790_000_000


@dataclass(frozen=True, slots=True)
class Traffic:
    """What is stored and logged: `stored` completions, and as many lines.

    Of the lines six tenths are of completions that are stored too, three of responses, the rest of
    calls that failed. A fifth of everything is Azure's.
    """

    folder: Path
    stored: int

    @property
    def store(self) -> Path:
        """The database of the local service."""
        return self.folder / "service.sqlite"

    @property
    def log(self) -> Path:
        """The daemon's log."""
        return self.folder / "daemon.log"

    def make(self) -> None:
        """Store and log it, always the same."""
        chance = random.Random(self.stored)  # noqa: S311 - the same each time
        store = Store(self.store)
        with self.log.open("w", encoding="utf-8") as log:
            for number in range(self.stored):
                at = _FIRST_AT + number * 45
                azure = number % 5 == 0
                body, answer = _completion(chance, at, number)
                store.add(key_of(azure=azure), "chat", kept_completion(body, answer))
                if number % 10 < 6:  # noqa: PLR2004
                    log.write(_line(answer, at, number, azure=azure))
                elif number % 10 < 9:  # noqa: PLR2004
                    body, answer = _response(chance, at, number)
                    store.add(key_of(azure=azure), "response", kept_response(body, answer))
                    log.write(_line(answer, at, number, azure=azure))
                else:
                    log.write(_line(None, at, number, azure=azure))
        store.close()


def key_of(*, azure: bool) -> str:
    """Return the key of the account whose calls they are."""
    return "sk-local-azure" if azure else "sk-local-openai"


def _completion(chance: random.Random, at: int, number: int) -> tuple[Any, Any]:
    read, written, cached = _tokens(chance)
    message = {"role": "assistant", "content": "An answer of some words. " * 20, "refusal": None}
    answer = {
        "id": f"chatcmpl-{chance.getrandbits(112):028x}",
        "object": "chat.completion",
        "created": at,
        "model": chance.choice([*_PRICES]),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
            "prompt_tokens_details": {"cached_tokens": cached, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": written // 3, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": "fp_0",
    }
    content = "A question of some words. " * 20
    return {"messages": [{"role": "user", "content": content}], "metadata": _pairs(number)}, answer


def _response(chance: random.Random, at: int, number: int) -> tuple[Any, Any]:
    read, written, cached = _tokens(chance)
    answer = {
        "id": f"resp_{chance.getrandbits(200):050x}",
        "object": "response",
        "created_at": at,
        "model": chance.choice([*_PRICES]),
        "output": [],
        "usage": {
            "input_tokens": read,
            "output_tokens": written,
            "input_tokens_details": {"cached_tokens": cached},
            "output_tokens_details": {"reasoning_tokens": written // 3},
        },
        "service_tier": "default",
    }
    return {"input": "A question.", "metadata": _pairs(number)}, answer


def _tokens(chance: random.Random) -> tuple[int, int, int]:
    read = chance.randrange(10, 5000)
    return read, chance.randrange(1, 2000), chance.choice([0, 0, read // 2])


def _pairs(number: int) -> dict[str, str]:
    return {"dify_source": "dify", "dify_app_id": f"app-{number % _APPS:02}", "team": "sales"}


def _line(answer: Any, at: int, number: int, *, azure: bool) -> str:
    """Return what the daemon writes of a call; None is one that failed."""
    usage = answer["usage"] if answer else {}
    chat = answer is None or "choices" in answer
    words = ("prompt", "completion") if chat else ("input", "output")
    facts = {
        "v": 1,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{number % 1000:03}Z",
        "id": answer and answer["id"],
        "request_id": f"req_{number:032x}",
        "call": f"{number:016x}",
        "provider": "azure_openai" if azure else "openai",
        "api": "chat" if chat else "responses",
        "model": answer["model"] if answer else "gpt-4o-mini",
        "app_id": f"app-{number % _APPS:02}",
        "stored": answer is not None,
        "tier": "default" if answer else None,
        "input": usage.get(f"{words[0]}_tokens", 0),
        "cached": usage.get(f"{words[0]}_tokens_details", {}).get("cached_tokens", 0),
        "cache_write": 0,
        "output": usage.get(f"{words[1]}_tokens", 0),
        "reasoning": usage.get(f"{words[1]}_tokens_details", {}).get("reasoning_tokens", 0),
        "estimated": False,
        "finish": "stop" if answer else None,
        "error": None if answer else "InvokeRateLimitError",
        "ms": 900 + number % 700,
        "first_ms": 100 + number % 300,
        "tags": {"team": "sales"},
    }
    quoted = json.dumps("usage " + json.dumps(facts, separators=(",", ":")))
    return (
        f"2026-11-27T21:51:44.556865408Z INFO dify-plugin-daemon logger.go:61 plugin instance log "
        f"instance=01a21efb message={quoted} plugin=app-attribution/openai:1.0.0@b8210436\n"
    )


def sums_of_service(traffic: Traffic) -> Sums:
    """Return by app and model: calls, tokens and picodollars, of what the service itself keeps."""
    price = " ".join(
        f"WHEN '{model}' THEN (input - cached) * {round(read * 1e6)} "
        f"+ cached * {round(cached * 1e6)} + output * {round(written * 1e6)}"
        for model, (read, cached, written) in _PRICES.items()
    )
    query = f"""
        WITH kept AS (
            SELECT json_extract(record, '$.metadata.dify_app_id') AS app,
                json_extract(record, '$.model') AS model,
                json_extract(record, '$.usage.' || read || '_tokens') AS input,
                json_extract(record, '$.usage.' || read || '_tokens_details.cached_tokens')
                    AS cached,
                json_extract(record, '$.usage.' || written || '_tokens') AS output
            FROM generations JOIN (
                SELECT 'chat' AS of, 'prompt' AS read, 'completion' AS written
                UNION SELECT 'response', 'input', 'output'
            ) ON of = kind
        )
        SELECT app, model, count(*), sum(input), sum(cached), sum(output),
            sum(CASE model {price} END)
        FROM kept GROUP BY app, model ORDER BY app, model
    """  # noqa: S608 - of this module's own table
    with closing(sqlite3.connect(traffic.store)) as connection:
        return connection.execute(query).fetchall()
