"""100,000 stored completions and 100,000 lines through `tools.usage collect`: time, memory, sums.

The sums are compared with SQL over the local service's own database, in picodollars; also after
twenty kills, and with collectors that meet in one PostgreSQL.
"""

import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from sqlalchemy import text

from fakes.openai.process import ServiceProcess
from fakes.openai.store import Store
from fakes.openai.stored import kept_completion, kept_response
from tools.bench.errors import BenchFailure
from tools.bench.machine import describe_machine, memory_mib
from tools.check.errors import CheckFailure
from tools.check.postgres import postgres_server
from tools.usage.database import COST_PARTS, open_database

_ROOT = Path(__file__).parents[2]
_APPS = 50
_KILLS = 20
_KILL_WITHIN_SECONDS = 1.0
_MOST_TIMES_PLAIN = 3.0
_MOST_MIB = 150.0
_MOST_SECOND_SECONDS = 2.0
# USD for a million tokens: input, cached, output (platform.openai.com/docs/pricing).
_PRICES: Mapping[str, tuple[float, float, float]] = {
    "gpt-4o-mini-2024-07-18": (0.15, 0.075, 0.60),
    "gpt-4.1-2025-04-14": (2.00, 0.50, 8.00),
    "o4-mini-2025-04-16": (1.10, 0.275, 4.40),
}
_FIRST_AT = 1_790_000_000
_LAST_ID = re.compile(rb'"last_id":\s*"([^"]+)",\s*"has_more":\s*(true|false)')


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
                store.add(_key(azure=azure), "chat", kept_completion(body, answer))
                if number % 10 < 6:  # noqa: PLR2004
                    log.write(_line(answer, at, number, azure=azure))
                elif number % 10 < 9:  # noqa: PLR2004
                    body, answer = _response(chance, at, number)
                    store.add(_key(azure=azure), "response", kept_response(body, answer))
                    log.write(_line(answer, at, number, azure=azure))
                else:
                    log.write(_line(None, at, number, azure=azure))
        store.close()


def _key(*, azure: bool) -> str:
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


type Sums = list[tuple[Any, ...]]


def _sums_of_service(traffic: Traffic) -> Sums:
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


def _sums_collected(database: str) -> Sums:
    """Return the same of what was collected, without the calls that failed."""
    query = f"""
        SELECT app_id, model, count(*), sum(input), sum(cached), sum(output),
            sum({" + ".join(COST_PARTS)})
        FROM calls WHERE error IS NULL GROUP BY app_id, model ORDER BY app_id, model
    """  # noqa: S608 - of this module's own table
    engine = open_database(database)
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
        failed = connection.execute(text("SELECT count(*) FROM calls WHERE error IS NOT NULL"))
        counted = failed.scalar()
    engine.dispose()
    numbers = [(row[0], row[1], *map(int, row[2:])) for row in rows]
    return [*numbers, ("failed", counted)]


@dataclass(frozen=True, slots=True)
class _Desk:
    """Traffic, the running service that keeps it, and `collect` over both."""

    traffic: Traffic
    config: Path

    def expected(self) -> Sums:
        """Return what has to be collected."""
        return [*_sums_of_service(self.traffic), ("failed", self.traffic.stored // 10)]

    def check(self, database: str, when: str) -> None:
        """Raise CheckFailure unless the sums are those of the service."""
        if _sums_collected(database) != self.expected():
            raise CheckFailure(f"{when} the sums are not those of the service's own database")

    def start(self, database: str, *sources: str) -> "subprocess.Popen[bytes]":
        """Start a collector of `log`, `service` or both."""
        given = {"log": ("--log", self.traffic.log), "service": ("--config", self.config)}
        arguments = [argument for source in sources for argument in given[source]]
        keys = {"OPENAI": _key(azure=False), "AZURE": _key(azure=True)}
        return subprocess.Popen(
            [sys.executable, "-m", "tools.usage", "collect", *arguments, "--database", database],
            cwd=_ROOT,
            env=os.environ | keys,
            stdout=subprocess.DEVNULL,
        )

    def measured(self, database: str, *sources: str) -> tuple[float, float]:
        """Run a collector; return its seconds and the most memory that it held, in MiB."""
        began, most = time.monotonic(), 0.0
        with self.start(database, *sources) as process:
            while process.poll() is None:
                most = max(most, _memory(process.pid))
                time.sleep(0.02)
        if process.returncode:
            raise CheckFailure(f"collect ended with {process.returncode}")
        return time.monotonic() - began, most


def _memory(pid: int) -> float:
    try:
        return memory_mib(pid, "VmHWM")
    except (OSError, BenchFailure):  # it has ended meanwhile
        return 0.0


def _fetched(url: str) -> float:
    """Return the seconds that it takes to fetch all pages, and nothing else."""
    began = time.monotonic()
    for path, key in (("/v1", _key(azure=False)), ("/openai/v1", _key(azure=True))):
        headers = {"authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
            query = {"limit": "100", "order": "asc", "metadata[dify_source]": "dify"}
            while True:
                page = client.get(f"{path}/chat/completions", params=query).content
                end = _LAST_ID.search(page, max(0, len(page) - 200))
                if end is None:
                    raise CheckFailure("A page of the service names no last completion")
                if end[2] == b"false":
                    break
                query["after"] = end[1].decode()
    return time.monotonic() - began


@contextmanager
def _desk(stored: int) -> Iterator[tuple[_Desk, str]]:
    """Make traffic, serve it, and yield the desk with the address of the service."""
    with tempfile.TemporaryDirectory(prefix="usage-") as name:
        traffic = Traffic(Path(name), stored)
        traffic.make()
        keys = [f"--account={_key(azure=azure)}" for azure in (False, True)]
        with ServiceProcess("--database", str(traffic.store), *keys) as service:
            config = traffic.folder / "accounts.toml"
            places = {"openai": ("base_url", f"{service.url}/v1")}
            places["azure"] = ("azure_endpoint", service.url)
            accounts = [
                f'[[accounts]]\nname = "{name}"\nkey_env = "{name.upper()}"\n{setting} = "{url}"\n'
                for name, (setting, url) in places.items()
            ]
            config.write_text("".join(accounts), encoding="utf-8")
            yield _Desk(traffic, config), service.url


def check_usage(console: Console, *, short: bool = False) -> None:
    """Run all of it, a twentieth if it is `short`, and say the numbers.

    Raises:
        CheckFailure: the sums differ, or too much time or memory is taken.
    """
    said, wrong = [], []
    with _desk(5_000 if short else 100_000) as (desk, url):
        number = desk.traffic.stored
        plain = _fetched(url)
        database = str(desk.traffic.folder / "usage.sqlite")
        stored_seconds, stored_mib = desk.measured(database, "service")
        log_seconds, log_mib = desk.measured(database, "log")
        again, _ = desk.measured(database, "service", "log")
        desk.check(database, "After all was read")
        times = stored_seconds / plain
        said += [
            f"fetching {number:,} stored completions, nothing else: {plain:.1f} s",
            f"reading them: {stored_seconds:.1f} s, {times:.2f} times that, {stored_mib:.0f} MiB",
            f"reading {number:,} lines: {log_seconds:.1f} s, {log_mib:.0f} MiB",
            f"reading both again: {again:.2f} s",
        ]
        if times > _MOST_TIMES_PLAIN:
            wrong.append(f"reading takes {times:.2f} times as long as fetching")
        if max(stored_mib, log_mib) > _MOST_MIB:
            wrong.append(f"reading takes {max(stored_mib, log_mib):.0f} MiB")
        if again > _MOST_SECOND_SECONDS and not short:
            wrong.append(f"the second reading takes {again:.2f} s")
    _show(console, said)
    with _desk(2_000 if short else 10_000) as (desk, _):
        whole = _killed(desk, desk.traffic.folder / "usage.sqlite")
        _show(
            console, [f"{_KILLS} kills at random moments, {whole} readings to the end: sums equal"]
        )
        with postgres_server() as address:
            _meet(desk, address)
            version = _version(address)
        _show(console, [f"four collectors at once on PostgreSQL {version}: sums equal"])
    machine = describe_machine()
    _show(
        console, [f"on {machine['cpus']} x {machine['processor']}, load {machine['load_at_start']}"]
    )
    if wrong:
        raise CheckFailure("; ".join(wrong))


def _killed(desk: _Desk, database: Path) -> int:
    """Kill collectors in the middle of their work; return how often one came to the end."""
    chance, kills, ended = random.Random(7), 0, 0  # noqa: S311 - the same each time
    written = database.with_name(f"{database.name}-wal")
    while kills < _KILLS:
        with desk.start(str(database), "log", "service") as collector:
            before = _changed(written)
            while collector.poll() is None and _changed(written) == before:
                time.sleep(0.01)
            time.sleep(chance.uniform(0, _KILL_WITHIN_SECONDS))
            collector.kill()
        if collector.returncode < 0:
            kills += 1
            continue
        desk.check(str(database), f"After {kills} kills")
        ended += 1
        for left in database.parent.glob(f"{database.name}*"):
            left.unlink()
    desk.measured(str(database), "log", "service")
    desk.check(str(database), f"After {kills} kills")
    return ended + 1


def _changed(file: Path) -> int:
    return file.stat().st_mtime_ns if file.exists() else 0


def _meet(desk: _Desk, address: str) -> None:
    """Run collectors of the same and of other sources at once."""
    collectors = [
        desk.start(address, *sources)
        for sources in (["log"], ["service"], ["log", "service"], ["service", "log"])
    ]
    for collector in collectors:
        if collector.wait(600):
            raise CheckFailure(f"a collector on PostgreSQL ended with {collector.returncode}")
    desk.check(address, "After collectors met")


def _version(address: str) -> str:
    engine = open_database(address)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar()
    engine.dispose()
    return str(version)


def _show(console: Console, lines: Sequence[str]) -> None:
    for line in lines:
        console.print(line, highlight=False, markup=False, soft_wrap=True)
