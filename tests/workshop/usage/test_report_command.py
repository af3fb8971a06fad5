"""The command as cron and people call it: what it writes, where, and how it ends."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.server import DifyServer
from tests.workshop.usage.stored_calls import a_call, write
from tools.usage.__main__ import main
from tools.usage.names import NamesFailure, names_in

NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-26")


@pytest.fixture
def report(engine: Engine, capfd: pytest.CaptureFixture[str]) -> "Report":
    """Return the command on a database of three calls of two apps, one of them without a price."""
    write(
        engine,
        a_call(app_id="a", usd="30", tags={"team": "x"}),
        a_call("2026-11-25T12:00:00+00:00", app_id="b", usd="60"),
        a_call("2026-11-25T12:00:00+00:00", app_id="b", usd=None, model="house"),
        a_call("2026-11-25T12:00:00+00:00", usd="500"),
    )
    return Report(str(engine.url.database), capfd)


class Report:
    """Runs it, and keeps what it said."""

    def __init__(self, database: str, capfd: pytest.CaptureFixture[str]) -> None:
        self.database = database
        self.out = self.err = ""
        self._capfd = capfd

    def __call__(self, *options: str | Path) -> int:
        given = [str(option) for option in options]
        try:
            status = main(["report", "--database", self.database, *given])
        except SystemExit as end:
            status = int(end.code or 0)
        self.out, self.err = self._capfd.readouterr()
        return status


def test_it_shows_apps_by_default(report: Report) -> None:
    assert report(*NOVEMBER) == 0
    assert "By app" in report.out
    assert "590.00 USD, calls without a price: 1" in report.out
    assert not report.err


def test_every_file_is_written_whole_and_nothing_else(report: Report, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    kinds = ("html", "csv", "json", "prometheus", "openmetrics")
    options = [part for kind in kinds for part in (f"--{kind}", folder / kind)]
    assert report(*NOVEMBER, "--by", "app", "--by", "tag:team", *options) == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(kinds)
    told = json.loads((folder / "json").read_text())
    assert told["tables"][0]["by"] == ["app", "tag:team"]
    assert told["totals"]["cost"] == "590"
    # Counters are of all calls ever, whatever the period.
    report("--last", "1h", "--prometheus", folder / "again")
    counters = [
        [line for line in path.read_text().splitlines() if "_total{" in line]
        for path in (folder / "prometheus", folder / "again")
    ]
    assert counters[0] == counters[1] != []


def test_a_dash_is_the_output_without_tables(report: Report) -> None:
    assert report(*NOVEMBER, "--json", "-") == 0
    assert json.loads(report.out)["version"] == 1
    assert report(*NOVEMBER, "--csv", "-", "--by", "model") == 0
    assert report.out.splitlines()[0].startswith("model,calls,failed,")


def test_apps_above_their_budget_end_with_3(report: Report, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text("app_id,name\nb,Sales\n")
    over = (*NOVEMBER, "--names", names)
    assert report(*over, "--budget", "*=59.99") == 3
    assert report.err == (
        "above its budget: Sales (b): 60.00 of 59.99 USD, and calls without a price: 1\n"
    )
    assert report(*over, "--budget", "*=29", "--budget", "Sales=60") == 3
    assert report.err == "above its budget: a: 30.00 of 29.00 USD\n"
    # An id comes before a name, and an app's own before everybody's.
    assert report(*over, "--budget", "*=1", "--budget", "b=60", "--budget", "Sales=1") == 3
    assert report.err.count("\n") == 1
    assert report(*over, "--budget", "a=30", "--budget", "b=60") == 0
    assert not report.err


def test_a_budget_of_an_app_that_nobody_knows_is_told(report: Report) -> None:
    assert report("--last", "1h", "--budget", "a=1", "--budget", "c=1") == 0
    assert report.err == "usage: no app 'c' is known; its budget watches nothing.\n"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--last", "1y"), "'1y' is no length of time"),
        (("--timezone", "Mars/Olympus"), "no time zone is called 'Mars/Olympus'"),
        (("--from", "yesterday"), "'yesterday' is no day"),
        (("--to", "2026-11-01"), "a period is --last, or --from"),
        (("--from", "2026-11-01", "--last", "3d"), "a period is --last, or --from"),
        (("--by", "moon"), "'moon' is no dimension"),
        (("--by", "tag:"), "'tag:' is no dimension"),
        (("--by", "app", "--by", "app"), "two different dimensions"),
        (("--by", "app", "--by", "api", "--by", "day"), "two different dimensions"),
        (("--budget", "app"), "'app' is no budget"),
        (("--budget", "app=much"), "'app=much' is no budget"),
        (("--budget", "app=NaN"), "'app=NaN' is no budget"),
        (("--budget", "=5"), "'=5' is no budget"),
    ],
)
def test_a_wrong_option_is_one_sentence(
    report: Report, options: tuple[str, ...], sentence: str
) -> None:
    assert report(*options) == 2
    assert sentence in report.err


def test_what_cannot_be_read_or_written_is_one_sentence(report: Report, tmp_path: Path) -> None:
    assert report("--names", tmp_path / "none.csv") == 1
    assert report.err.startswith("usage: The names in")
    assert report("--json", tmp_path / "none" / "report.json") == 1
    assert "cannot be written" in report.err
    report.database = str(tmp_path / "none.sqlite")
    assert report() == 1
    assert "There is no database" in report.err
    assert not (tmp_path / "none.sqlite").exists()
    assert report.err.count("\n") == 1


def test_names_are_kept(report: Report, tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.write_text('﻿a,"Support, Europe"\n\nb , Sales \n', encoding="utf-8")
    assert report(*NOVEMBER, "--names", names) == 0
    assert report(*NOVEMBER) == 0
    assert "Support, Europe" in report.out
    assert "Sales" in report.out


@pytest.mark.parametrize("text", ["a\n", "a,\n", "a,A\n,B\n"])
def test_a_line_without_a_name_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "names.csv"
    path.write_text(text)
    with pytest.raises(NamesFailure, match=r"Line [12] of .* is no name"):
        names_in(path)


def test_dify_tells_the_names_of_the_apps_whose_keys_it_gets(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "accounts.toml"
    with DifyServer() as dify:
        app = dify.serve(DifyApp(name="Contracts"))
        monkeypatch.setenv("CONTRACTS_KEY", app.key)
        monkeypatch.setenv("STALE_KEY", "app-gone")
        config.write_text(
            f'[[accounts]]\nname = "main"\nkey_env = "OPENAI_API_KEY"\n'
            f'[dify]\nurl = "{dify.url}/v1"\n[dify.key_env]\n'
            'a = "CONTRACTS_KEY"\nb = "STALE_KEY"\nc = "UNSET_KEY"\n'
        )
        assert report(*NOVEMBER, "--config", config) == 0
    assert "Contracts" in report.out
    assert report.err.splitlines() == [
        "usage: Dify did not tell the name of app b; the app is shown by its id.",
        "usage: the environment variable UNSET_KEY is not set; the app is shown by its id.",
    ]
    assert app.key not in report.out + report.err
    config.write_text('[dify]\nurl = "dify.example"\n[dify.key_env]\n')
    assert report(*NOVEMBER, "--config", config) == 1
    assert "`dify.url` is wrong" in report.err
