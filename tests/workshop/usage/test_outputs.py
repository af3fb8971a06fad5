"""What a report writes is read by what it is for: a spreadsheet, Prometheus, a browser, people."""

import base64
import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from html.parser import HTMLParser

import jsonschema_rs
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus
from rich.console import Console
from sqlalchemy import Connection, Engine

from tests.workshop.usage.conftest import NOW
from tests.workshop.usage.stored_calls import a_call, write
from tools.check.browser.sample_calls import HOSTILE_NAME
from tools.usage.measures import MEASURES, written
from tools.usage.names import write_names
from tools.usage.page import as_page, page_groupings
from tools.usage.periods import last
from tools.usage.prometheus import BY, as_metrics
from tools.usage.summary import Summary, summary
from tools.usage.terminal import show
from tools.usage.views import measured
from tools.usage.written import SCHEMA, as_csv, as_json, json_schema

PERIOD = last("30d", NOW)


def report_of(connection: Connection, *by: str) -> Summary:
    return summary(connection, PERIOD, {by or ("app",): True}, "UTC")


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Return a connection that may write."""
    with engine.connect() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(sample: Engine) -> str:
    """Return the page of the sample."""
    with sample.connect() as opened:
        return as_page(summary(opened, PERIOD, page_groupings(PERIOD), "UTC"), PERIOD)


def test_the_json_is_what_its_schema_says(sample: Engine) -> None:
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")))
    with sample.connect() as opened:
        for by in (("app",), ("day", "model"), ("tag:team",)):
            report = report_of(opened, *by)
            told = json.loads(as_json(report))
            schema.validate(told)
            assert told["tables"][0]["by"] == list(by)
            assert Decimal(told["totals"]["cost"]) == report.totals.cost
    assert told["reconciliation"]["days"]
    assert told["endings"]


def test_the_schema_is_that_of_the_reports_own_types() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == json_schema(), (
        "write tools.usage.written.json_schema() into the file again"
    )
    assert all(told.description and told.unit for told in MEASURES.values())


def test_money_keeps_every_digit(engine: Engine) -> None:
    write(engine, a_call(usd="1234567.000000000001"), a_call(app_id="b", usd="0.000000000009"))
    with engine.connect() as opened:
        report = report_of(opened)
    assert json.loads(as_json(report))["totals"]["cost"] == "1234567.00000000001"
    rows = list(csv.DictReader(io.StringIO(as_csv(report.tables[0], {}))))
    assert [row["cost"] for row in rows] == ["1234567.000000000001", "0.000000000009"]


def test_a_spreadsheet_takes_no_name_for_a_formula(engine: Engine) -> None:
    names = ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "\r=1")
    write(engine, *(a_call(app_id=f"app {n}", tags={"t": "x"}) for n in range(6)))
    write(engine, a_call(app_id="=2", model='a "quoted", one'))
    with engine.connect() as opened:
        report = report_of(opened, "app", "model")
    told = {f"app {number}": name for number, name in enumerate(names)}
    rows = list(csv.DictReader(io.StringIO(as_csv(report.tables[0], told), newline="")))
    assert {row["app"]: row["app_name"] for row in rows} == {
        **{app: f"'{name}" for app, name in told.items()},
        "'=2": "",
    }
    assert 'a "quoted", one' in {row["model"] for row in rows}


def test_an_unknown_number_is_an_empty_field(engine: Engine) -> None:
    write(engine, a_call(usd=None))
    with engine.connect() as opened:
        (row,) = csv.DictReader(io.StringIO(as_csv(report_of(opened).tables[0], {})))
    assert (row["app"], row["cost"], row["unpriced"], row["ms_p50"]) == ("", "", "1", "")
    assert row["cost_before"] == "0"


@pytest.mark.parametrize("syntax", ["prometheus", "openmetrics"])
def test_prometheus_own_parsers_read_the_metrics(sample: Engine, syntax: str) -> None:
    with sample.connect() as opened:
        report = report_of(opened)
        ever = measured(opened, last("60d", NOW), BY, with_times=False)
    openmetrics = syntax == "openmetrics"
    text = as_metrics(ever, report, "openmetrics" if openmetrics else "prometheus")
    read = read_openmetrics if openmetrics else read_prometheus
    samples = [sample for family in read(text) for sample in family.samples]
    cost = sum(each.value for each in samples if each.name == "dify_usage_cost_usd_total")
    assert cost == pytest.approx(float(sum(each.cost or 0 for each in ever.values())))
    calls = [each for each in samples if each.name == "dify_usage_calls_total"]
    assert sum(each.value for each in calls) == 2_000
    assert HOSTILE_NAME in {each.labels["app"] for each in calls}
    days = [each for each in samples if each.name == "dify_usage_model_days_left"]
    assert {each.labels["model"] for each in days} >= {"gpt-5-mini-2025-08-07"}


class _Reader(HTMLParser):
    """Keeps what a page has in it that could run, load or lie."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.own: dict[str, str] = {}
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in {"style", "script"}:
            self.own.setdefault(self.tags[-1], data)
        self.texts.append(data)


def test_a_name_is_text_in_the_page_whatever_it_says(
    connection: Connection, engine: Engine
) -> None:
    hostile = "</script></style><b onload=alert(1) x='\">&amp;"
    write_names(connection, {"app": hostile})
    connection.commit()
    write(
        engine,
        a_call(app_id="app", model=hostile, user_digest=hostile, tags={hostile: hostile}),
        a_call(app_id=hostile, tier=hostile, why=hostile, error=hostile, account=hostile),
        a_call(app_id=hostile, model="gpt-5-mini"),
    )
    made = as_page(summary(connection, PERIOD, page_groupings(PERIOD), "UTC"), PERIOD)
    read = _Reader(made)
    assert hostile in read.texts
    assert "<b onload" not in made
    assert (read.tags.count("script"), read.tags.count("style")) == (1, 1)
    assert "onload" not in read.attributes


def test_the_page_allows_its_own_script_and_style_alone(page: str) -> None:
    read = _Reader(page)
    (policy,) = [each for each in read.attributes["content"] if "default-src" in each]
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(read.own[kind].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert "style" not in read.attributes
    assert not [name for name in read.attributes if name.startswith("on")]
    assert set(read.attributes["href"]) == {"#tables", "data:,"}
    assert "src" not in read.attributes


def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    read = _Reader(page)
    tables = read.tags.count("table")
    assert read.tags.count("caption") == tables == read.tags.count("thead")
    assert len(read.attributes["scope"]) == read.tags.count("th")
    assert read.attributes["lang"] == ["en"]
    identifiers = read.attributes["id"]
    assert len(set(identifiers)) == len(identifiers)
    for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
        assert {part for each in read.attributes[name] for part in each.split()} <= {*identifiers}


def test_a_page_without_calls_says_so(engine: Engine) -> None:
    with engine.connect() as opened:
        made = as_page(summary(opened, PERIOD, page_groupings(PERIOD), "UTC"), PERIOD)
    assert "No call of this period" in made
    assert "table" not in _Reader(made).tags


def test_the_page_has_every_groups_numbers(sample: Engine, page: str) -> None:
    with sample.connect() as opened:
        report = report_of(opened)
    assert f"{report.totals.calls:,}" in page
    for group in report.tables[0].groups:
        assert f'data-v="{group.measures.cost:f}"' in page
        assert f'data-v="{group.measures.input}"' in page
    assert re.search(r"Billed by OpenAI", page)


def test_calls_without_an_app_are_no_app(engine: Engine) -> None:
    """Two apps stay two, and what no app sent stands behind them by its own name."""
    mini = {"model": "gpt-5-mini-2025-08-07"}
    calls = [a_call(app_id=app, **mini) for app in ("one", "two", "two", None, None, None)]
    write(engine, *calls)
    with engine.connect() as opened:
        report = summary(opened, PERIOD, page_groupings(PERIOD), "UTC")
    (ending,) = report.endings
    assert [used.app for used in ending.apps] == ["two", "one", None]
    assert "2: two, one, (no app id)" in shown(report, 200)
    made = as_page(report, PERIOD)
    assert '<td class="n" data-v="2">2</td>' in made
    assert "two, one, (no app id)" in made


@pytest.mark.parametrize(
    ("apps", "last_series"),
    [(8, "(no app id)"), (9, "1 other app, (no app id)"), (10, "2 other apps, (no app id)")],
)
def test_a_chart_names_how_many_apps_it_has_put_together(
    engine: Engine, apps: int, last_series: str
) -> None:
    calls = [a_call(app_id=f"app {at}", usd=str(20 - at)) for at in range(apps)]
    write(engine, *calls, a_call(usd="0.5"))
    with engine.connect() as opened:
        made = as_page(summary(opened, PERIOD, page_groupings(PERIOD), "UTC"), PERIOD)
    (series,) = re.findall(r"<thead><tr><th scope=.col.>Day</th>(.*?)</tr>", made)[:1]
    assert re.findall(r">([^<]+)</th>", series)[-1] == last_series


def shown(report: Summary, width: int, *, terminal: bool = True) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)
    show(console, report, most=50)
    told = console.file
    assert isinstance(told, io.StringIO)
    return told.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("by", [("app",), ("app", "model"), ("day",)])
def test_tables_fit_the_terminal(sample: Engine, width: int, by: tuple[str, ...]) -> None:
    with sample.connect() as opened:
        report = report_of(opened, *by)
    lines = shown(report, width).splitlines()
    assert max(map(len, lines)) <= width
    (header,) = [line for line in lines if line.startswith(f" {by[0].capitalize()}")]
    assert {"Cost", "Calls"} <= set(header.split())
    assert "…" not in header
    costs = [written(group.measures.cost, "usd") for group in report.tables[0].groups[:9]]
    assert all(any(cost in line for line in lines) for cost in costs)


def test_a_pipe_gets_every_column_without_wrapping(sample: Engine) -> None:
    with sample.connect() as opened:
        report = report_of(opened, "app", "model")
    told = shown(report, 10_000, terminal=False)
    lines = told.splitlines()
    (header,) = [line for line in lines if line.startswith(" App ")]
    assert header.endswith("First p95")
    assert not [line for line in lines if line != line.rstrip()]
    assert sum("gpt-6.1-terra" in line for line in lines) >= 12


def test_markup_in_a_name_is_text_in_a_terminal(connection: Connection, engine: Engine) -> None:
    write_names(connection, {"app": "[red]alert[/red] \x1b[31mred"})
    connection.commit()
    write(engine, a_call(app_id="app", usd=None))
    told = shown(report_of(connection), 120)
    assert "[red]alert[/red]" in told
    assert "unknown" in told
    assert "\x1b" not in told
