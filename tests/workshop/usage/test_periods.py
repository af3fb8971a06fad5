"""A period has the days of its zone, also where clocks change in it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from tools.usage.periods import Period, between, last, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 22, 30, tzinfo=UTC)


def test_the_last_days_are_whole_ones_and_the_current() -> None:
    period = last("30d", NOW)
    assert (period.start, period.end) == (datetime(2026, 10, 29, tzinfo=UTC), NOW)
    assert len(period.slots("day")) == 30


def test_the_last_hours_are_whole_ones_and_the_current() -> None:
    period = last("24h", NOW)
    assert period.start == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert period.slots("hour")[0] == "2026-11-26 23:00"
    assert len(period.slots("hour")) == 24


def test_a_week_is_seven_days() -> None:
    assert last("1w", NOW) == last("7d", NOW)


def test_what_runs_is_compared_with_the_same_part_of_what_was_before() -> None:
    before = last("7d", NOW).before
    assert before.start == datetime(2026, 11, 14, tzinfo=UTC)
    assert before.end == datetime(2026, 11, 20, 22, 30, tzinfo=UTC)


def test_both_days_of_a_period_are_whole() -> None:
    period = between(date(2026, 11, 1), date(2026, 11, 10), NOW)
    assert period.slots("day") == [f"2026-11-{day:02}" for day in range(1, 11)]
    assert period.before.slots("day") == [f"2026-10-{day}" for day in range(22, 32)]


def test_a_period_that_still_runs_ends_now() -> None:
    assert between(date(2026, 11, 27), date(2027, 1, 1), NOW).end == NOW
    assert between(date(2026, 11, 27), None, NOW).end == NOW


def test_clocks_that_change_are_followed_to_the_minute() -> None:
    now = datetime(2026, 10, 27, tzinfo=BERLIN)
    # Summer time ends on 25 October at 01:00 UTC.
    changed = datetime(2026, 10, 25, 1, tzinfo=UTC)
    period = between(date(2026, 10, 24), date(2026, 10, 26), now)
    hours = 3_600_000
    ends = round(changed.timestamp() * 1000), round(period.end.timestamp() * 1000)
    assert period.clock_offsets() == [(ends[0], 2 * hours), (ends[1], hours)]
    # The hour that comes twice has one name.
    day = Period(
        datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 10, 26, tzinfo=BERLIN), now - now
    )
    assert len(day.slots("hour")) == 24
    assert day.bounds[1] - day.bounds[0] == 25 * hours


def test_months_end_where_their_zone_says() -> None:
    period = between(date(2026, 10, 15), None, NOW.astimezone(BERLIN))
    november = datetime(2026, 11, 1, tzinfo=BERLIN)
    assert period.months()[0] == ("2026-10", round(november.timestamp() * 1000))
    assert [name for name, _ in period.months()] == ["2026-10", "2026-11"]


@pytest.mark.parametrize("text", ["", "30", "0d", "-1d", "d", "30 days", "1y"])
def test_another_length_of_time_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="write 24h, 30d or 4w"):
        last(text, NOW)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd"])
def test_another_zone_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="no time zone is called"):
        zone_named(name)


def test_a_period_without_time_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing between"):
        between(date(2026, 11, 2), date(2026, 11, 1), NOW)
    with pytest.raises(ValueError, match="nothing between"):
        between(date(2026, 11, 28), None, NOW)
