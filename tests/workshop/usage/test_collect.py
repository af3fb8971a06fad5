"""`collect` over the local service and logs: each call once, and what is wrong in one sentence."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from fakes.openai.process import ServiceProcess
from tests.workshop.usage.collecting import (
    CONTENT,
    USER,
    Desk,
    Shop,
    dumped,
    failed_line,
    line_of,
)

type Accounts = Callable[..., str]


@pytest.fixture(scope="session")
def service() -> Iterator[ServiceProcess]:
    """The running local service."""
    with ServiceProcess() as process:
        yield process


@pytest.fixture
def shop(service: ServiceProcess) -> Iterator[Shop]:
    """A fresh account."""
    with httpx2.Client(base_url=service.url, timeout=20.0, trust_env=False) as http:
        yield Shop(service.new_account(), http)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An empty folder."""
    return Desk(tmp_path, capsys)


@pytest.fixture
def accounts(
    shop: Shop, service: ServiceProcess, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Write the configuration of this account, with more lines for it."""
    monkeypatch.setenv("KEY_OF_SHOP", shop.account.key)

    def written(*more: str, where: str = f'base_url = "{service.url}/v1"') -> str:
        return "\n".join(["[[accounts]]", 'name = "shop"', 'key_env = "KEY_OF_SHOP"', where, *more])

    return written


def test_a_call_that_both_tell_of_counts_once(desk: Desk, shop: Shop, accounts: Accounts) -> None:
    answers = [shop.ask(), shop.ask(app="app-2"), shop.ask("responses")]
    stored_alone = shop.ask()
    log = desk.log(*map(line_of, answers), failed_line(), failed_line(ms=7))
    collected = desk.collect("--log", log, accounts=accounts())
    assert (collected.status, collected.err) == (0, "")
    rows = {row["id"]: row for row in desk.rows() if row["id"]}
    assert len(desk.rows()) == 6
    both = rows[answers[1]["id"]]
    assert (both["in_log"], both["in_service"], both["account"], both["app_id"], both["ms"]) == (
        *(1, 1, "shop", "app-2", 1400),
    )
    assert rows[answers[2]["id"]]["in_service"] == 0
    assert rows[stored_alone["id"]]["in_log"] == 0
    assert desk.rows("SELECT DISTINCT name, value FROM call_tags") == [
        {"name": "team", "value": "sales"}
    ]


def test_the_order_and_number_of_readings_make_no_difference(
    desk: Desk, shop: Shop, accounts: Accounts
) -> None:
    log = desk.log(line_of(shop.ask(), input=99, tier=None), line_of(shop.ask("responses")))
    made = []
    for order in (["log", "service"], ["service", "log"], ["log", "service", "log", "service"]):
        desk.database.unlink(missing_ok=True)
        for source in order:
            if source == "log":
                desk.collect("--log", log)
            else:
                desk.collect(accounts=accounts())
        made.append(desk.rows())
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == 2


def test_nothing_but_facts_is_kept(desk: Desk, shop: Shop, accounts: Accounts) -> None:
    answer = shop.ask()
    desk.collect("--log", desk.log(line_of(answer)), accounts=accounts())
    desk.collect("--verify", accounts=accounts('admin_key_env = "KEY_OF_SHOP"'))
    kept = dumped(desk.database)
    assert answer["id"] in kept
    for secret in (CONTENT, USER, shop.account.key):
        assert secret not in kept


def test_pages_are_read_on_from_where_they_were_left(
    desk: Desk, shop: Shop, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.usage.stored._PAGE", 2)
    monkeypatch.setattr("tools.usage.stored._MAY_COME_LATE_SECONDS", -60)
    for _ in range(5):
        shop.ask()
    shop.account.change(reading_plan=[None, {"fault": "unauthorized"}])
    collected = desk.collect(accounts=accounts())
    assert collected.status == 1
    assert len(desk.rows()) == 2
    assert desk.collect(accounts=accounts()).out == "stored completions of shop: 3 read\n"
    assert desk.collect(accounts=accounts()).out == "stored completions of shop: 0 read\n"
    assert len(desk.rows()) == 5
    asked = [entry["query"] for entry in shop.account.journal()]
    assert {query["metadata[dify_source]"] for query in asked} == {"dify"}


def test_a_position_that_is_gone_starts_again(
    desk: Desk, shop: Shop, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.usage.stored._MAY_COME_LATE_SECONDS", -60)
    first = shop.ask()
    desk.collect(accounts=accounts())
    shop.http.delete(
        f"/v1/chat/completions/{first['id']}",
        headers={"authorization": f"Bearer {shop.account.key}"},
    )
    shop.ask()
    collected = desk.collect(accounts=accounts())
    assert "is gone; all are read again" in collected.err
    assert len(desk.rows()) == 2


def test_rate_limits_and_failures_are_waited_out(
    desk: Desk, shop: Shop, accounts: Accounts
) -> None:
    shop.ask()
    limited = {"fault": "rate_limit", "retry_after": 0.05}
    broken = {"fault": "server_error", "retry_after_ms": 1}
    shop.account.change(reading_plan=[limited, limited, broken, {"fault": "disconnect"}])
    assert desk.collect(accounts=accounts()).status == 0
    assert len(desk.rows()) == 1
    assert [entry["status"] for entry in shop.account.journal()] == [429, 429, 500, None, 200]


_SENTENCES: list[tuple[Any, str]] = [
    ({"fault": "unauthorized"}, r"refuses the key \(401\); look at what KEY_OF_SHOP holds"),
    ({"raw": {"status": 403, "body": "{}"}}, r"may not read this \(403\)"),
    ({"raw": {"status": 404, "body": "{}"}}, r"no such records \(404\)"),
    ({"raw": {"status": 400, "body": '{"error": {"code": "odd"}}'}}, r"failed \(400 odd\)"),
    ({"fault": "html"}, "no list of completions"),
    ({"raw": {"body": '{"data": 7}'}}, "no list of completions"),
    ({"raw": {"body": '{"data": [], "has_more": true}'}}, "names no completion to read on from"),
    ({"raw": {"body": '{"data": [1, {"id": "x"}]}'}}, "a stored completion after None cannot be"),
]


@pytest.mark.parametrize(("step", "told"), _SENTENCES, ids=[told for _, told in _SENTENCES])
def test_what_fails_is_one_sentence_and_ends_no_other_source(
    desk: Desk, shop: Shop, accounts: Accounts, step: Any, told: str
) -> None:
    shop.account.change(reading_plan=[step])
    both = accounts() + "\n" + accounts().replace('"shop"', '"again"')
    answer = shop.ask()
    collected = desk.collect("--log", desk.log(failed_line()), accounts=both)
    assert collected.status == 1
    assert re.search(rf"^usage: stored completions of shop: .*{told}", collected.err)
    assert "Traceback" not in collected.err
    assert shop.account.key not in collected.err
    assert answer["id"] in [row["id"] for row in desk.rows()]
    assert "stored completions of again: 1 read" in collected.out


def test_azure_is_read_with_its_own_key(
    desk: Desk, shop: Shop, service: ServiceProcess, accounts: Accounts
) -> None:
    shop.ask()
    azure = accounts(where=f'azure_endpoint = "{service.url}"')
    assert desk.collect(accounts=azure).status == 0
    (row,) = desk.rows()
    assert row["key"].startswith("azure_openai:")
    entry = shop.account.journal()[-1]
    assert entry["path"] == "/openai/v1/chat/completions"
    assert "api-key" in entry["headers"]


def test_responses_are_verified_once(desk: Desk, shop: Shop, accounts: Accounts) -> None:
    kept = shop.ask("responses")
    gone = kept | {"id": "resp_" + "0" * 48}
    unstored = kept | {"id": "resp_" + "1" * 48}
    log = desk.log(line_of(kept, input=1), line_of(gone), line_of(unstored, stored=False))
    collected = desk.collect("--log", log, "--verify", accounts=accounts())
    assert "responses by id: 1 read, 1 not found in these accounts" in collected.out
    rows = {row["id"]: row for row in desk.rows()}
    assert [rows[each["id"]]["verified"] for each in (kept, gone, unstored)] == [1, 0, None]
    assert rows[kept["id"]]["input"] == kept["usage"]["input_tokens"]
    assert rows[kept["id"]]["app_id"] == "app-1"
    again = desk.collect("--verify", accounts=accounts())
    assert "responses by id: 0 read\n" in again.out


def test_what_was_billed_is_read_and_replaced(desk: Desk, shop: Shop, accounts: Accounts) -> None:
    with_costs = accounts('admin_key_env = "KEY_OF_SHOP"')
    items = [
        {"day": "2026-10-01", "line_item": "gpt-4o-mini, input", "amount": 0.1},
        {"day": "2026-11-27", "line_item": "gpt-4o-mini, output", "amount": 2.3},
    ]
    shop.account.change(costs=items)
    desk.collect(accounts=with_costs)
    assert [row["amount"] for row in desk.rows("SELECT * FROM billed")] == [
        *(100_000_000_000, 2_300_000_000_000),
    ]
    shop.account.change(costs=[items[0]])
    desk.collect(accounts=with_costs)
    assert [row["day"] for row in desk.rows("SELECT * FROM billed")] == ["2026-10-01"]


def test_prices_can_be_worked_out_again(desk: Desk, shop: Shop) -> None:
    desk.collect("--log", desk.log(failed_line(), line_of(shop.ask())))
    before = desk.rows()
    with closing(sqlite3.connect(desk.database)) as connection, connection:
        connection.execute("UPDATE calls SET cost_input = 7, price_source = NULL")
    assert desk.collect("--prices-again").out == "prices: 2 read\n"
    assert desk.rows() == before


def test_nothing_to_read_is_a_wrong_option(desk: Desk) -> None:
    for options in ([], ["--log", "x", "--verify"]):
        with pytest.raises(SystemExit, match="2"):
            desk.collect(*options)


def test_a_missing_log_ends_no_other(desk: Desk) -> None:
    there = desk.log(failed_line())
    collected = desk.collect("--log", desk.folder / "none.log", there)
    assert collected.status == 1
    assert collected.err.endswith("none.log: it cannot be read: No such file or directory.\n")
    assert len(desk.rows()) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[accounts]]", "`accounts.0.name` is wrong"),
        ("accounts = []", "`accounts` is wrong"),
        ("[[accounts", "is not TOML"),
        ('[[accounts]]\nname = "a"\nkey = "sk-secret"\nkey_env = "K"', "`accounts.0.key` is wrong"),
        ('[[accounts]]\nname = "a"\nkey_env = "sk-secret"', "never the key"),
        ('[[accounts]]\nname = "a"\nkey_env = "NOT_SET"', "NOT_SET is not set"),
        ('[[accounts]]\nname = "a"\nkey_env = "K"\nbase_url = "here"', "no web address"),
        (
            '[[accounts]]\nname = "a"\nkey_env = "K"\nazure_endpoint = "https://x"\n'
            'base_url = "https://y"',
            "both `base_url` and `azure_endpoint`",
        ),
        ('[[accounts]]\nname = "a"\nkey_env = "K"\n' * 2, "two accounts are called 'a'"),
    ],
)
def test_a_wrong_configuration_is_told(desk: Desk, text: str, told: str) -> None:
    collected = desk.collect(accounts=text)
    assert collected.status == 2
    assert told in collected.err
    assert "sk-secret" not in collected.err
    assert collected.err.count("\n") == 1


@pytest.mark.parametrize(
    ("database", "told"),
    [
        ("mysql://root@here/x", "'mysql' is not supported"),
        ("no/such/folder/usage.sqlite", "There is no folder"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be opened"),
        ("postgresql://here:port/x", "no address"),
    ],
)
def test_a_wrong_database_is_told(desk: Desk, database: str, told: str) -> None:
    collected = desk.collect("--log", desk.log(failed_line()), database=database)
    assert collected.status == 2
    assert told in collected.err
    assert collected.err.count("\n") == 1


def test_a_file_that_is_no_database_is_told(desk: Desk) -> None:
    desk.database.write_text("This is a text, and a long one. " * 100, encoding="utf-8")
    collected = desk.collect("--log", desk.log(failed_line()))
    assert collected.status == 2
    assert "file is not a database" in collected.err


def test_costs_are_those_of_the_service_s_counts(
    desk: Desk, shop: Shop, accounts: Accounts
) -> None:
    line = line_of(shop.ask(), input=1_000_000)
    desk.collect("--log", desk.log(line), accounts=accounts())
    (both,) = desk.rows()
    desk.database.unlink()
    desk.collect(accounts=accounts())
    (stored,) = desk.rows()
    kept = ("cost_input", "cost_output", "saved", "price_source", "input", "output")
    assert {name: both[name] for name in kept} == {name: stored[name] for name in kept}
