"""What the usage report collects of mixed calls is what the service's own database says, exactly.

Both services, both APIs and modes, with retries and failures, told by stored records and by lines.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions
from fakes.openai.process import ServiceProcess
from tests.wire.ends import ROUTES, Json, Wire
from tests.workshop.usage.daemon_lines import as_text
from tools.usage.__main__ import main

_APPS = ("app-a", "app-b", "app-c")
_LIMITED: Json = {"fault": "rate_limit", "retry_after": 0}
_BROKEN: Json = {"fault": "server_error", "retry_after": 0}
_REFUSED: Json = {"fault": "context_length"}
_ANSWER: Json = {"text": "Two words", "usage": {"input": 3001, "cached": 1024, "output": 77}}
_PLANS: tuple[tuple[Json, ...], ...] = (
    (_ANSWER,),
    (_LIMITED, _ANSWER),
    (_BROKEN, _LIMITED, _ANSWER),
    (_REFUSED,),
)
# gpt-4o-mini: 0.15, 0.075 and 0.60 dollars for a million tokens, in picodollars for one.
_OF_THE_SERVICE = """
    SELECT json_extract(record, '$.metadata.dify_app_id'), count(*),
        sum(coalesce(json_extract(record, '$.usage.prompt_tokens'),
            json_extract(record, '$.usage.input_tokens'))) AS input,
        sum(coalesce(json_extract(record, '$.usage.completion_tokens'),
            json_extract(record, '$.usage.output_tokens'))) AS output,
        sum(coalesce(
            json_extract(record, '$.usage.prompt_tokens_details.cached_tokens'),
            json_extract(record, '$.usage.input_tokens_details.cached_tokens')) * -75000
          + coalesce(json_extract(record, '$.usage.prompt_tokens'),
            json_extract(record, '$.usage.input_tokens')) * 150000
          + coalesce(json_extract(record, '$.usage.completion_tokens'),
            json_extract(record, '$.usage.output_tokens')) * 600000)
    FROM generations GROUP BY 1 ORDER BY 1
"""
_COLLECTED = """
    SELECT app_id, count(*), sum(input), sum(output),
        sum(cost_input + cost_cached + cost_cache_write + cost_output + cost_tools)
    FROM calls WHERE error IS NULL GROUP BY 1 ORDER BY 1
"""


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service's own database."""
    return tmp_path_factory.mktemp("service") / "records.sqlite"


@pytest.fixture(scope="module")
def service(kept: Path) -> Iterator[ServiceProcess]:
    """A local service whose database can be looked into."""
    with ServiceProcess("--database", str(kept)) as process:
        yield process


def _ask_all(openai: Wire, azure: Wire) -> int:
    """Make every kind of call; return how many failed."""
    failed, number = 0, 0
    for route in ROUTES:
        wire = openai if route.startswith("openai") else azure
        for stream in (True, False):
            for plan in _PLANS:
                wire.plan(*plan)
                target = wire.target(route, enable_request_metadata="enabled")
                with suppress(PluginError):
                    wire.ask(target, LLMOptions(stream=stream), app_id=_APPS[number % 3])
                failed += plan[-1] is _REFUSED
                number += 1
    return failed


def test_the_sums_are_those_of_the_service(
    service: ServiceProcess,
    plugin: PluginProcess,
    kept: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    accounts = [service.new_account() for _ in range(2)]
    openai, azure = (Wire(each.key, each.url, each.control, plugin) for each in accounts)
    before = len(openai.usage_lines())
    failed = _ask_all(openai, azure)
    lines = openai.usage_lines()[before:]
    assert len(lines) == len(ROUTES) * 2 * len(_PLANS)
    log = "\n".join(as_text(f"usage {json.dumps(line)}") for line in lines)
    (tmp_path / "daemon.log").write_text(log + "\n", encoding="utf-8")
    monkeypatch.setenv("KEY_OPENAI", openai.key)
    monkeypatch.setenv("KEY_AZURE", azure.key)
    (tmp_path / "accounts.toml").write_text(
        f"""
        [[accounts]]
        name = "openai"
        key_env = "KEY_OPENAI"
        base_url = "{service.url}/v1"
        [[accounts]]
        name = "azure"
        key_env = "KEY_AZURE"
        azure_endpoint = "{service.url}"
        """,
        encoding="utf-8",
    )
    database = tmp_path / "usage.sqlite"
    for sources in (["log"], ["config"], ["log", "config", "verify"]):
        options = {
            "log": ["--log", str(tmp_path / "daemon.log")],
            "config": ["--config", str(tmp_path / "accounts.toml")],
            "verify": ["--verify"],
        }
        given = [word for source in sources for word in options[source]]
        assert main(["collect", *given, "--database", str(database)]) == 0
        with closing(sqlite3.connect(database)) as made, closing(sqlite3.connect(kept)) as own:
            found = made.execute(_COLLECTED).fetchall()
            if "log" in sources:
                assert [app for app, *_ in found] == [*_APPS]
                assert found == own.execute(_OF_THE_SERVICE).fetchall()
            counted = made.execute("SELECT count(*) FROM calls WHERE error IS NOT NULL")
            assert counted.fetchone() == (failed,)
    with closing(sqlite3.connect(database)) as made:
        unknown = "SELECT count(*) FROM calls WHERE api = 'responses' AND stored AND NOT verified"
        assert made.execute(unknown).fetchone() == (0,)
