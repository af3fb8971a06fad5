"""100,000 stored completions and 100,000 lines through `tools.usage collect`: time, memory, sums.

The sums are compared with SQL over the local service's own database, in picodollars; also after
twenty kills, and with collectors that meet in one PostgreSQL.
"""

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from rich.console import Console
from sqlalchemy import text

from fakes.openai.process import ServiceProcess
from tools.bench.errors import BenchFailure
from tools.bench.machine import describe_machine, memory_mib
from tools.check.errors import CheckFailure
from tools.check.postgres import postgres_server
from tools.check.usage_traffic import Sums, Traffic, key_of, sums_of_service
from tools.progress import Progress
from tools.usage.database import COST_PARTS, open_database

_ROOT = Path(__file__).parents[2]
_KILLS = 20
_KILL_WITHIN_SECONDS = 1.0
_MOST_TIMES_PLAIN = 3.0
_MOST_MIB = 150.0
_MOST_SECOND_SECONDS = 2.0
# What reading, kills and meeting take; and how much of it a short run does.
_SECONDS = (65, 40, 15)
_SHORT = 0.4
_LAST_ID = re.compile(rb'"last_id":\s*"([^"]+)",\s*"has_more":\s*(true|false)')


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
        return [*sums_of_service(self.traffic), ("failed", self.traffic.stored // 10)]

    def check(self, database: str, when: str) -> None:
        """Raise CheckFailure unless the sums are those of the service."""
        if _sums_collected(database) != self.expected():
            raise CheckFailure(f"{when} the sums are not those of the service's own database")

    def start(self, database: str, *sources: str) -> "subprocess.Popen[bytes]":
        """Start a collector of `log`, `service` or both."""
        given = {"log": ("--log", self.traffic.log), "service": ("--config", self.config)}
        arguments = [argument for source in sources for argument in given[source]]
        keys = {"OPENAI": key_of(azure=False), "AZURE": key_of(azure=True)}
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
    for path, key in (("/v1", key_of(azure=False)), ("/openai/v1", key_of(azure=True))):
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
        keys = [f"--account={key_of(azure=azure)}" for azure in (False, True)]
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
    with Progress(sum(_SECONDS) * (_SHORT if short else 1)) as progress:
        _check(console, progress, short=short)


def _check(console: Console, progress: Progress, *, short: bool) -> None:
    said, wrong = [], []
    reads, kills, meets = (seconds * (_SHORT if short else 1) for seconds in _SECONDS)
    progress.step("Reading all of it, twice", reads)
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
        if times > _MOST_TIMES_PLAIN and not short:  # most of which is starting
            wrong.append(f"reading takes {times:.2f} times as long as fetching")
        if max(stored_mib, log_mib) > _MOST_MIB:
            wrong.append(f"reading takes {max(stored_mib, log_mib):.0f} MiB")
        if again > _MOST_SECOND_SECONDS and not short:
            wrong.append(f"the second reading takes {again:.2f} s")
    _show(console, said)
    progress.step("Killing collectors", kills)
    with _desk(2_000 if short else 10_000) as (desk, _):
        whole = _killed(desk, desk.traffic.folder / "usage.sqlite")
        _show(
            console, [f"{_KILLS} kills at random moments, {whole} readings to the end: sums equal"]
        )
        progress.step("Letting collectors meet", meets)
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
