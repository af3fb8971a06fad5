"""The time that a report tells of: its ends in a time zone, the same length before it, its days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

type Slot = Literal["hour", "day", "month"]

SLOTS = frozenset({"hour", "day", "month"})

_LAST = re.compile(r"([1-9]\d{0,4})([hdw])")
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until before `end`, both in one zone. `step` is how far "before" lies back.

    A period that still runs is compared with the same part of the one before: three days of this
    week with three days of the last.
    """

    start: datetime
    end: datetime
    step: timedelta

    @property
    def zone(self) -> tzinfo:
        """Return the time zone whose days and hours count."""
        return self.start.tzinfo or UTC

    @property
    def before(self) -> "Period":
        """Return the same part of the period before, by the clock on the wall."""
        return Period(self.start - self.step, self.end - self.step, self.step)

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the first millisecond since the epoch, and the first that is too late."""
        return _ms(self.start), _ms(self.end)

    def slots(self, unit: Slot) -> list[str]:
        """Return the names of every hour, day or month that the period touches, in their order."""
        if unit == "hour":
            count = int((self.end - self.start) / _HOUR) + 1
            instants = (self.start.astimezone(UTC) + number * _HOUR for number in range(count))
            local = (each.astimezone(self.zone) for each in instants if each < self.end)
            return list(dict.fromkeys(f"{each:%Y-%m-%d %H:00}" for each in local))
        count = ((self.end - timedelta(microseconds=1)).date() - self.start.date()).days + 1
        days = (self.start.date() + timedelta(days=number) for number in range(count))
        return list(
            dict.fromkeys(f"{day:%Y-%m-%d}" if unit == "day" else f"{day:%Y-%m}" for day in days)
        )

    def months(self) -> list[tuple[str, int]]:
        """Return every month that the period touches, and the millisecond at which it is over."""
        found = []
        for name in self.slots("month"):
            year, month = map(int, name.split("-"))
            after = date(year + month // 12, month % 12 + 1, 1)
            found.append((name, _ms(datetime.combine(after, time(), self.zone))))
        return found

    def clock_offsets(self) -> list[tuple[int, int]]:
        """Return how far the zone's clocks are ahead of UTC, and until when, in milliseconds."""
        return [
            (_ms(until), round(offset.total_seconds() * 1000)) for until, offset in self._offsets()
        ]

    def _offsets(self) -> Iterator[tuple[datetime, timedelta]]:
        instant, end = self.start.astimezone(UTC), self.end.astimezone(UTC)
        while instant < end:
            after = min(instant + _DAY, end)
            if self._offset(instant) != self._offset(after):
                while after - instant > _MINUTE:
                    middle = instant + (after - instant) / 2
                    if self._offset(middle) == self._offset(instant):
                        instant = middle
                    else:
                        after = middle
                # Clocks are changed on a whole minute.
                after = after.replace(second=0, microsecond=0)
                yield after, self._offset(after - _MINUTE)
            instant = after
        yield end, self._offset(end - timedelta(microseconds=1))

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or timedelta()


def zone_named(name: str) -> ZoneInfo:
    """Return a time zone. Raises ValueError with one sentence for a name that nobody knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(
            f"no time zone is called {name!r}: write one like Europe/Berlin"
        ) from error


def last(text: str, now: datetime) -> Period:
    """Return the last hours, days or weeks, `24h`, `30d`, `4w`, of which the current one runs.

    Raises ValueError with one sentence for another text.
    """
    if not (found := _LAST.fullmatch(text.strip().lower())):
        raise ValueError(f"{text!r} is no length of time: write 24h, 30d or 4w")
    number, unit = int(found[1]), found[2]
    if unit == "h":
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        start = (hour - timedelta(hours=number - 1)).astimezone(now.tzinfo)
        return Period(start, now, timedelta(hours=number))
    days = number * (7 if unit == "w" else 1)
    today = datetime.combine(now.date(), time(), now.tzinfo)
    return Period(today - timedelta(days=days - 1), now, timedelta(days=days))


def between(first: date, final: date | None, now: datetime) -> Period:
    """Return the days from `first` to `final`, both of them whole; without `final` until now.

    Raises ValueError with one sentence where there is no time between them.
    """
    day_after = (final or now.date()) + _DAY
    start = datetime.combine(first, time(), now.tzinfo)
    end = datetime.combine(day_after, time(), now.tzinfo)
    if start >= min(end, now):
        raise ValueError(f"there is nothing between {first} and {final or now.date()}")
    return Period(start, min(end, now), day_after - first)


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
