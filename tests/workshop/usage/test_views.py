"""What a report says is what plain SQL says of the same calls."""

import math
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations

import pytest
from sqlalchemy import Engine, text

from tests.workshop.usage.conftest import NOW
from tests.workshop.usage.stored_calls import a_call, write
from tools.usage.database import billed, upsert, writing
from tools.usage.endings import endings
from tools.usage.measures import Measures
from tools.usage.periods import Period, between, last, zone_named
from tools.usage.reconciliation import reconciled
from tools.usage.summary import change, summary
from tools.usage.views import DIMENSIONS, Keys, Table, measured, table_by

PERIOD = last("30d", NOW)
COST = "cost_input + cost_cached + cost_cache_write + cost_output + cost_tools"


def measures_of(engine: Engine, *by: str, period: Period = PERIOD) -> dict[Keys, Measures]:
    with engine.connect() as connection:
        return measured(connection, period, by)


def table_of(engine: Engine, *by: str, period: Period = PERIOD) -> Table:
    with engine.connect() as connection:
        return table_by(connection, period, by)


def test_each_apps_numbers_are_those_of_plain_sql(sample: Engine) -> None:
    query = text(
        f"""SELECT app_id, count(*), sum(error IS NOT NULL), sum(input), sum(cached), sum(output),
        sum(reasoning), sum(estimated), sum({COST}), sum(saved), count(cost_input),
        sum(cost_input IS NULL AND error IS NULL)
        FROM calls WHERE at >= :first AND at < :too_late GROUP BY app_id"""  # noqa: S608 - a constant
    )
    first, too_late = PERIOD.bounds
    with sample.connect() as connection:
        rows = connection.execute(query, {"first": first, "too_late": too_late}).all()
    found = measures_of(sample, "app")
    assert len(found) == len(rows) == 13
    for app, *numbers in rows:
        told = found[app,]
        assert numbers == [
            told.calls,
            told.failed,
            told.input,
            told.cached,
            told.output,
            told.reasoning,
            told.estimated,
            (told.cost or 0) * 10**12,
            (told.saved or 0) * 10**12,
            told.priced,
            told.unpriced,
        ]
    assert sum((each.cost or Decimal(0) for each in found.values()), Decimal(0)) == (
        measures_of(sample)[()].cost
    )


@pytest.mark.parametrize("by", [(name,) for name in DIMENSIONS] + [("tag:team",)])
def test_the_groups_of_a_dimension_come_to_the_total(sample: Engine, by: tuple[str, ...]) -> None:
    total = measures_of(sample)[()]
    found = measures_of(sample, *by).values()
    assert sum(each.calls for each in found) == total.calls
    assert sum((each.cost or Decimal(0) for each in found), Decimal(0)) == total.cost


def test_two_dimensions_at_a_time_come_to_one(sample: Engine) -> None:
    for first, second in combinations(("app", "model", "tier", "day", "tag", "month"), 2):
        both = measures_of(sample, first, second)
        for keys, measures in measures_of(sample, first).items():
            of_it = [each for key, each in both.items() if key[:1] == keys]
            assert sum(each.output for each in of_it) == measures.output


def test_percentiles_are_those_of_the_nearest_rank(sample: Engine) -> None:
    first, too_late = PERIOD.bounds
    query = text(
        "SELECT app_id, ms FROM calls WHERE at >= :first AND at < :too_late AND error IS NULL"
    )
    times: dict[str | None, list[int]] = {}
    with sample.connect() as connection:
        for app, ms in connection.execute(query, {"first": first, "too_late": too_late}):
            times.setdefault(app, []).append(ms)
    for (app,), measures in measures_of(sample, "app").items():
        ranked = sorted(times[app])
        assert measures.ms_p50 == ranked[math.ceil(len(ranked) * 50 / 100) - 1]
        assert measures.ms_p95 == ranked[math.ceil(len(ranked) * 95 / 100) - 1]


def test_a_price_that_is_unknown_is_counted_and_never_0(engine: Engine) -> None:
    write(
        engine,
        a_call(app_id="known", usd="1.5"),
        a_call(app_id="both", usd="0.000000000001"),
        a_call(app_id="both", usd=None),
        a_call(app_id="unknown", usd=None),
        a_call(app_id="failed", usd=None, error="InvokeBadRequestError", input=0),
        a_call(app_id="failed late", usd=None, error="Abandoned", output=9),
    )
    found = {
        keys[0]: (told.cost, told.cost_per_call, told.priced, told.unpriced)
        for keys, told in measures_of(engine, "app").items()
    }
    small = Decimal("0.000000000001")
    assert found == {
        "known": (Decimal("1.5"), Decimal("1.5"), 1, 0),
        "both": (small, small, 1, 1),
        "unknown": (None, None, 0, 1),
        "failed": (0, None, 0, 0),
        "failed late": (None, None, 0, 1),
    }
    order = [group.keys["app"] for group in table_of(engine, "app").groups]
    assert order == ["known", "both", "failed", "failed late", "unknown"]


def test_a_call_has_the_day_of_the_reports_zone(engine: Engine) -> None:
    write(
        engine,
        a_call("2026-10-24T21:59:59.999+00:00"),
        a_call("2026-10-24T22:00:00+00:00"),
        # The night that clocks are put back: this hour comes twice.
        a_call("2026-10-25T00:30:00+00:00"),
        a_call("2026-10-25T01:30:00+00:00"),
        a_call("2026-10-25T23:00:00+00:00"),
        a_call("2026-10-31T23:00:00+00:00"),
    )
    now = datetime(2026, 11, 2, tzinfo=zone_named("Europe/Berlin"))
    period = between(date(2026, 10, 24), None, now)
    assert {
        day: each.calls for (day,), each in measures_of(engine, "day", period=period).items()
    } == {
        "2026-10-24": 1,
        "2026-10-25": 3,
        "2026-10-26": 1,
        "2026-11-01": 1,
    }
    hours = measures_of(engine, "hour", period=period)
    assert hours["2026-10-25 02:00",].calls == 2
    months = measures_of(engine, "month", period=period)
    assert {month: each.calls for (month,), each in months.items()} == {"2026-10": 5, "2026-11": 1}


def test_tags_group_by_pair_and_by_the_values_of_one(engine: Engine) -> None:
    write(
        engine,
        a_call(tags={"team": "a", "env": "live"}),
        a_call(tags={"team": "b"}),
        a_call(),
    )
    pairs = {key: each.calls for (key,), each in measures_of(engine, "tag").items()}
    assert pairs == {"team=a": 1, "env=live": 1, "team=b": 1, None: 1}
    values = {key: each.calls for (key,), each in measures_of(engine, "tag:team").items()}
    assert values == {"a": 1, "b": 1, None: 1}


def test_a_group_stands_beside_itself_before(engine: Engine) -> None:
    write(
        engine,
        a_call("2026-11-25T12:00:00+00:00", app_id="grown", usd="3"),
        a_call("2026-11-18T12:00:00+00:00", app_id="grown", usd="2"),
        a_call("2026-11-25T12:00:00+00:00", app_id="new", usd="1"),
        a_call("2026-11-18T12:00:00+00:00", app_id="gone", usd="1"),
        # Of a day that has not come yet this week there is nothing to compare with.
        a_call("2026-11-20T22:40:00+00:00", app_id="grown", usd="9"),
    )
    groups = {
        group.keys["app"]: (
            group.measures.calls,
            group.before and group.before.calls,
            change(group.measures, group.before),
        )
        for group in table_of(engine, "app", period=last("7d", NOW)).groups
    }
    assert groups == {"grown": (1, 1, 0.5), "new": (1, 0, None), "gone": (0, 1, -1)}
    by_day = table_of(engine, "app", "day", period=last("7d", NOW))
    assert all(group.before is None for group in by_day.groups)


def test_no_calls_are_no_groups_and_no_cost(engine: Engine) -> None:
    with engine.connect() as connection:
        told = summary(connection, PERIOD, {("app",): True}, "UTC")
    assert (told.totals, told.tables[0].groups) == (Measures.none(), [])
    assert told.totals.cost == 0
    assert told.totals.cached_share is None
    assert told.reconciliation is None


def test_apps_that_use_a_model_with_an_end_are_told(engine: Engine) -> None:
    write(
        engine,
        a_call(app_id="one", model="gpt-5-mini-2025-08-07"),
        a_call("2026-11-21T23:30:00+00:00", app_id="two", model="gpt-5-mini-2025-08-07"),
        a_call(app_id="two", model="gpt-5-mini-2025-08-07"),
        a_call(app_id="fine", model="gpt-6.1-terra"),
        a_call(app_id="old", model="gpt-4.1-nano"),
        a_call(app_id="azure", model="prod-gpt-5-mini-eu", provider="azure_openai"),
        a_call(app_id="other", model="house-model"),
        a_call("2026-09-01T12:00:00+00:00", app_id="past", model="gpt-4.1-nano"),
    )
    with engine.connect() as connection:
        found = endings(connection, last("30d", NOW.astimezone(zone_named("Europe/Berlin"))))
    by_model = {each.model: each for each in found}
    assert by_model.keys() >= {"gpt-4.1-nano", "gpt-5-mini-2025-08-07"}
    assert found[0].model == "gpt-4.1-nano"
    assert (found[0].days_left, found[0].replacement) == (-35, "gpt-6-luna")
    mini = by_model["gpt-5-mini-2025-08-07"]
    assert (mini.ends, mini.days_left, mini.replacement) == (
        date(2026, 12, 11),
        14,
        "gpt-6.1-terra",
    )
    assert [(used.app, used.calls, used.last_used) for used in mini.apps] == [
        ("two", 2, date(2026, 11, 22)),
        ("one", 1, date(2026, 11, 20)),
    ]
    assert {used.app for each in found for used in each.apps} <= {"one", "two", "old", "azure"}


def test_what_was_billed_stands_beside_what_was_computed(engine: Engine) -> None:
    write(
        engine,
        a_call("2026-11-20T23:59:59+00:00", account="main", usd="1.25"),
        a_call("2026-11-21T00:00:00+00:00", usd="0.5"),
        a_call("2026-11-21T08:00:00+00:00", usd=None),
        a_call("2026-11-21T08:00:00+00:00", usd="70", provider="azure_openai"),
        # A day that nothing was billed for yet says nothing of what is not attributed.
        a_call("2026-11-22T08:00:00+00:00", usd="80"),
    )
    bills = [
        ("2026-11-20", "gpt, input", "1"),
        ("2026-11-20", "gpt, output", "0.75"),
        ("2026-11-21", "gpt, output", "0.5"),
        ("2026-01-01", "gpt, output", "99"),
    ]
    with writing(engine) as connection:
        upsert(
            connection,
            billed,
            [
                {
                    "account": "main",
                    "day": day,
                    "line_item": item,
                    "amount": int(Decimal(usd).scaleb(12)),
                }
                for day, item, usd in bills
            ],
        )
        found = reconciled(connection, PERIOD)
    assert found is not None
    assert [
        (day.day, day.billed, day.computed, day.unattributed, day.unpriced) for day in found.days
    ] == [
        ("2026-11-20", Decimal("1.75"), Decimal("1.25"), Decimal("0.5"), 0),
        ("2026-11-21", Decimal("0.5"), Decimal("0.5"), 0, 1),
    ]
    assert [(each.account, each.billed, each.computed) for each in found.accounts] == [
        ("main", Decimal("2.25"), Decimal("1.25")),
        (None, 0, Decimal("0.5")),
    ]
    assert [(each.line_item, each.billed) for each in found.items] == [
        ("gpt, output", Decimal("1.25")),
        ("gpt, input", 1),
    ]
    assert (found.total.billed, found.total.unattributed) == (Decimal("2.25"), Decimal("0.5"))
