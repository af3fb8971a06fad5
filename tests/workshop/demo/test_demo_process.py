"""The demo as a newcomer runs it: a process, its output, its exit code, and what it leaves."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from fakes.openai.process import ServiceProcess
from tools.demo.apps import CALLS
from tools.demo.services import script
from tools.demo.traffic import PLUGIN_DIRECTORY

_SECONDS = 60
_INTERRUPTED = "demo: interrupted; nothing is left running.\n"
_NAMES = ("Support bot", "Math tutor", "Trivia quiz")
_FOUND = (
    re.compile(r"(\d+) (Chat) .* (\d+) listed "),
    re.compile(r"(\d+) (Responses) .* (\d+) (?:fetched )?by id "),
)
_TOKENS = re.compile(r"\d (?:Chat|Responses) +(\d+) / (\d+) ")
_USED = re.compile(r"^ (.*?) {2,}([\d.]+) +(\d+) +([\d,]+) +([\d,]+) *$", re.MULTILINE)
_IN_ALL = re.compile(r"In all (\d+) calls, (\d+) tokens in, (\d+) out, ([\d.]+) USD")
_CALLED = re.compile(r"([A-Z]\w+ \w+), ([0-9a-f-]{36}):")


@pytest.fixture(autouse=True)
def ctrl_c() -> Iterator[None]:
    """Let children take SIGINT: a shell that starts tests in the background has them ignore it."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, inherited)


@pytest.fixture
def own_service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service whose records can be read from their file."""
    with ServiceProcess("--database", str(tmp_path / "records.db")) as service:
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


def _end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Return the exit code and what was said; no process of the demo may be left."""
    output, errors = process.communicate(timeout=_SECONDS)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    return process.returncode, output, errors


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
        name = next((known for known in _NAMES if known in line), name)
        for match in filter(None, (pattern.search(line) for pattern in _FOUND)):
            calls, api, found = match.groups()
            assert calls == found
            counts[name, api] = int(found)
    return counts


def _cells(output: str) -> list[list[str]]:
    return [re.split(r" {2,}", line.strip()) for line in output.splitlines()]


def test_without_keys_everything_is_found_on_this_machine() -> None:
    """A pipe tells no width: nothing is cut."""
    code, output, errors = _end(_start(environment={"COLUMNS": ""}))

    assert (code, errors) == (0, "")
    for call in CALLS:
        assert call.sender is None or output.count(call.sender.id) >= 2
    assert "`--live` repeats this run with your own keys." in output.splitlines()[-1]
    apis = {"chat": "Chat", "responses": "Responses"}
    due = Counter((call.label, apis[call.api]) for call in CALLS if call.sender)
    assert _counts(output) == due
    assert {name for name, _ in due} == set(_NAMES)
    assert re.search(r"no app id +1 Responses .* not stored", output)
    assert re.search(r"switch off +1 Responses .* not stored", output)
    assert "nothing was sent anywhere" in output
    record = json.loads(output[output.index("\n{\n") : output.index("\n}\n") + 2])
    support = next(call.app for call in CALLS if call.app)
    assert record["metadata"] == {"dify_app_id": support.id, "dify_source": "dify"}
    assert {"What is 4200 + 42?", "→ Paris."} <= {line[-1] for line in _cells(output)}
    assert all(f"✓ {name}" in output for name in (*_NAMES, "no app id", "switch off"))
    _assert_report_adds_up(output)


def _assert_report_adds_up(output: str) -> None:
    """Hold the report against the table above it, and its rows against its totals."""
    found, report = output.split("What each app used")
    whole = _IN_ALL.search(report)
    assert whole is not None
    tokens = [(int(read), int(written)) for read, written in _TOKENS.findall(found)]
    summed = [sum(column) for column in zip(*tokens, strict=True)]
    assert [int(number) for number in whole.groups()[:3]] == [len(CALLS), *summed]
    rows = _USED.findall(report)
    assert Counter({name: int(calls) for name, _, calls, *_ in rows}) == Counter(
        call.app.name if call.app else "(no app id)" for call in CALLS
    )
    columns = zip(*([int(cell.replace(",", "")) for cell in row[3:]] for row in rows), strict=True)
    assert [sum(column) for column in columns] == summed
    costs = sum(float(cost) for _, cost, *_ in rows)
    assert costs == pytest.approx(float(whole[4]), abs=1e-4)


def test_the_services_own_store_has_what_the_table_says(
    own_service: ServiceProcess, tmp_path: Path
) -> None:
    code, output, errors = _end(_start("--live", environment=_real_services(own_service.url)))

    assert (code, errors) == (0, "")
    names = {app_id: name for name, app_id in _CALLED.findall(output)}
    assert sorted(names.values()) == sorted(_NAMES)
    with closing(sqlite3.connect(tmp_path / "records.db")) as connection:
        rows = connection.execute(
            "SELECT record ->> '$.metadata.dify_app_id', kind, count(*)"
            " FROM generations GROUP BY 1, 2"
        ).fetchall()
    apis = {"chat": "Chat", "response": "Responses"}
    stored = {(names[app_id], apis[kind]): count for app_id, kind, count in rows}
    assert _counts(output) == stored
    _assert_report_adds_up(output)


def test_a_service_that_refuses_metadata_is_a_failure(own_service: ServiceProcess) -> None:
    for key in ("sk-demo-openai", "demo-azure-openai"):
        own_service.put_account(key, refusals=[{"field": "metadata"}])

    code, _, errors = _end(_start("--live", environment=_real_services(own_service.url)))

    assert code == 1
    assert errors == (
        "demo: Support bot: the plugin's usage line has `stored` False where True was due; it"
        " warns: OpenAI: 'gpt-6-luna' refuses `metadata` on chat; calls do without it for ten"
        " minutes.\n"
    )


def test_live_without_keys_says_what_to_set() -> None:
    assert _end(_start("--live")) == (
        2,
        "",
        "demo: `--live` found no key: set OPENAI_API_KEY, or AZURE_OPENAI_API_KEY with"
        " AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_DEPLOYMENT, or leave `--live` out.\n",
    )


@pytest.mark.parametrize(
    ("number", "code", "errors"),
    [(signal.SIGINT, 130, _INTERRUPTED), (signal.SIGTERM, 143, "")],
)
def test_a_demo_that_is_ended_in_a_call_leaves_nothing_running(
    own_service: ServiceProcess, number: signal.Signals, code: int, errors: str
) -> None:
    own_service.put_account("sk-demo-openai", plan=[{"fault": "timeout"}])
    process = _start("--live", environment=_real_services(own_service.url))
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(3)]
    assert lines[-1].startswith("Plugin")

    # Ctrl-C reaches all processes, as of a terminal; what ends a service reaches the demo alone.
    (os.killpg if number is signal.SIGINT else os.kill)(process.pid, number)

    assert _end(process)[::2] == (code, errors)
