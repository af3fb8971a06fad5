"""The demo as a newcomer runs it: a process, its output, its exit code, and what it leaves."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from fakes.openai.process import ServiceProcess
from tools.demo.apps import CALLS
from tools.demo.local_service import script
from tools.demo.traffic import PLUGIN_DIRECTORY

_SECONDS = 60
_NAMES = ("Support bot", "Math tutor", "Trivia quiz")
_FOUND = re.compile(r"(\d+) (Chat|Responses) .* (\d+) (?:listed by metadata|fetched by id)")
_CALLED = re.compile(r"([A-Z]\w+ \w+), ([0-9a-f-]{36}):")


@dataclass(frozen=True, slots=True)
class Ended:
    """A demo that has ended."""

    code: int
    output: str
    errors: str


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let children take SIGINT: a shell that starts tests in the background has them ignore it."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


@pytest.fixture
def own_service(database: Path) -> Iterator[ServiceProcess]:
    """A service whose records can be read from their file."""
    with ServiceProcess("--database", str(database)) as service:
        script(service, ())
        yield service


def _start(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own module
        (sys.executable, "-m", "tools.demo", *arguments),
        cwd=PLUGIN_DIRECTORY,
        env={"PATH": os.environ["PATH"], "COLUMNS": "80", **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> Ended:
    """Wait for the end and check that no process of the demo is left."""
    output, errors = process.communicate(timeout=_SECONDS)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return Ended(process.returncode, output, errors)


def _real_services(url: str) -> dict[str, str]:
    """Name a local service as if it were the real ones."""
    return {
        "OPENAI_API_KEY": "sk-demo-openai",
        "OPENAI_BASE_URL": f"{url}/v1",
        "AZURE_OPENAI_API_KEY": "demo-azure-openai",
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_DEPLOYMENT": "gpt-4o-mini",
    }


def _counts(output: str) -> dict[tuple[str, str], int]:
    """Return what the table says was found, by app and API."""
    counts: dict[tuple[str, str], int] = {}
    name = ""
    for line in output[output.index("Evidence") :].splitlines():
        name = next((known for known in _NAMES if line.strip().startswith(known)), name)
        if match := _FOUND.search(line):
            calls, api, found = match.groups()
            assert calls == found
            counts[name, api] = int(found)
    return counts


def test_without_keys_everything_is_found_on_this_machine() -> None:
    ended = _end(_start())

    assert (ended.code, ended.errors) == (0, "")
    apis = {"chat": "Chat", "responses": "Responses"}
    due = Counter((call.label, apis[call.api]) for call in CALLS if call.sender)
    assert _counts(ended.output) == due
    assert {name for name, _ in due} == set(_NAMES)
    assert re.search(r"no app id +1 Chat .* not stored", ended.output)
    assert re.search(r"switch off +1 Responses .* not stored", ended.output)
    assert "nothing was sent anywhere" in " ".join(ended.output.split())


def test_the_services_own_store_has_what_the_table_says(
    own_service: ServiceProcess, database: Path
) -> None:
    ended = _end(_start("--live", environment=_real_services(own_service.url)))

    assert (ended.code, ended.errors) == (0, "")
    names = {app_id: name for name, app_id in _CALLED.findall(ended.output)}
    assert sorted(names.values()) == sorted(_NAMES)
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute(
            "SELECT record ->> '$.metadata.dify_app_id', kind, count(*)"
            " FROM generations GROUP BY 1, 2"
        ).fetchall()
    apis = {"chat": "Chat", "response": "Responses"}
    stored = {(names[app_id], apis[kind]): count for app_id, kind, count in rows}
    assert _counts(ended.output) == stored


def test_a_service_that_refuses_metadata_is_a_failure(own_service: ServiceProcess) -> None:
    url = own_service.url
    for key in ("sk-demo-openai", "demo-azure-openai"):
        httpx2.put(f"{url}/fake/accounts/{key}", json={"refuses": ["metadata"]})

    ended = _end(_start("--live", environment=_real_services(url)))

    assert ended.code == 1
    assert ended.errors == (
        "Failed: Support bot: the plugin's usage line has `stored` False where True was due; it"
        " warns: request metadata was left out: the service refuses `metadata` on chat for"
        " 'gpt-4o-mini'.\n"
    )


def test_live_without_keys_says_what_to_set() -> None:
    ended = _end(_start("--live"))

    assert (ended.code, ended.output) == (2, "")
    assert ended.errors == (
        "Failed: `--live` found no key: set OPENAI_API_KEY, or AZURE_OPENAI_API_KEY with"
        " AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT, or leave `--live` out.\n"
    )


@pytest.mark.parametrize(
    ("number", "code", "errors"),
    [
        (signal.SIGINT, 130, "Failed: interrupted; nothing is left running.\n"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_a_demo_that_is_ended_in_a_call_leaves_nothing_running(
    own_service: ServiceProcess, number: signal.Signals, code: int, errors: str
) -> None:
    url = own_service.url
    silent = {"plan": [{"fault": "timeout"}]}
    httpx2.put(f"{url}/fake/accounts/sk-demo-openai", json=silent)
    process = _start("--live", environment=_real_services(url))
    _read_until_plugin_runs(process)

    process.send_signal(number)
    ended = _end(process)

    assert (ended.code, ended.errors) == (code, errors)


def test_ctrl_c_reaches_all_processes_and_leaves_none() -> None:
    process = _start()
    assert process.stdout is not None
    assert process.stdout.readline() == "Which Dify app sent that request?\n"

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    ended = _end(process)

    assert (ended.code, ended.errors) == (130, "Failed: interrupted; nothing is left running.\n")


def _read_until_plugin_runs(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[-1].startswith("Plugin")
