"""What was computed beside what was billed: OpenAI's costs by day and account against the calls.

The costs API knows days in UTC and no app. What is billed and not computed is what no call here
accounts for: batches, other programs with the same account, prices that are not known.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import Field
from sqlalchemy import Connection, func, select

from tools.usage.database import COST_PARTS, billed, calls
from tools.usage.measures import Usd, Value
from tools.usage.periods import Period
from tools.usage.views import usd_of

_DAY_MS = 86_400_000


class Compared(Value):
    """One amount that was billed, beside what the calls of the same days come to."""

    billed: Usd
    computed: Usd
    unattributed: Usd = Field(description="billed and not computed; negative where less was billed")
    unpriced: int = Field(description="calls whose price is unknown, and which are missing in it")


class BilledDay(Compared):
    """A day in UTC."""

    day: str


class BilledAccount(Compared):
    """An account's days; null: the calls that only a log told of, which name no account."""

    account: str | None


class BilledItem(Value):
    """What an account was billed for one line of its invoice."""

    account: str
    line_item: str
    billed: Usd


class Reconciliation(Value):
    """The days of the period for which something was billed; OpenAI's calls of those days."""

    total: Compared
    days: list[BilledDay]
    accounts: list[BilledAccount]
    items: list[BilledItem]


def reconciled(connection: Connection, period: Period) -> Reconciliation | None:
    """Return the comparison, None where the database knows no bill of the period."""
    first, too_late = (datetime.fromtimestamp(ms / 1000, UTC) for ms in period.bounds)
    bills = connection.execute(
        select(billed).where(
            billed.c.day >= f"{first:%Y-%m-%d}", billed.c.day <= f"{too_late:%Y-%m-%d}"
        )
    ).all()
    if not bills:
        return None
    bill_days: dict[str, int] = {}
    bill_accounts: dict[str | None, int] = {}
    items: dict[tuple[str, str], int] = {}
    for account, day, item, amount in bills:
        bill_days[day] = bill_days.get(day, 0) + amount
        bill_accounts[account] = bill_accounts.get(account, 0) + amount
        items[account, item] = items.get((account, item), 0) + amount
    computed = _computed(connection, bill_days)
    return Reconciliation(
        total=_compared(sum(bill_days.values()), computed),
        days=[
            BilledDay(day=day, **_compared(bill_days[day], _of(computed, 0, day)).model_dump())
            for day in sorted(bill_days)
        ],
        accounts=[
            BilledAccount(
                account=account,
                **_compared(bill_accounts.get(account, 0), _of(computed, 1, account)).model_dump(),
            )
            for account in sorted(
                {*bill_accounts, *(account for _, account in computed)},
                key=lambda name: (name is None, name or ""),
            )
        ],
        items=[
            BilledItem(account=account, line_item=item, billed=usd_of(amount))
            for (account, item), amount in sorted(items.items(), key=lambda each: -each[1])
        ],
    )


type _Computed = Mapping[tuple[str, str | None], tuple[int, int]]


def _computed(connection: Connection, days: Mapping[str, int]) -> _Computed:
    """Return the picodollars and the unpriced calls of OpenAI, by day and account."""
    first, final = (
        round(datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() * 1000)
        for day in (min(days), max(days))
    )
    cost = sum((calls.c[part] for part in COST_PARTS[1:]), start=calls.c[COST_PARTS[0]])
    rows = (
        select((calls.c.at // _DAY_MS).label("day"), calls.c.account, cost.label("cost"))
        .where(
            calls.c.provider == "openai",
            calls.c.at >= first,
            calls.c.at < final + _DAY_MS,
            calls.c.error.is_(None) | cost.is_not(None),
        )
        .subquery()
    )
    statement = select(
        rows.c.day,
        rows.c.account,
        func.coalesce(func.sum(rows.c.cost), 0),
        func.count() - func.count(rows.c.cost),
    ).group_by(rows.c.day, rows.c.account)
    found: dict[tuple[str, str | None], tuple[int, int]] = {}
    for number, account, amount, unpriced in connection.execute(statement):
        day = f"{datetime.fromtimestamp(number * 86_400, UTC):%Y-%m-%d}"
        if day in days:
            found[day, account] = int(amount), unpriced
    return found


def _of(computed: _Computed, place: int, value: Any) -> _Computed:
    return {key: amounts for key, amounts in computed.items() if key[place] == value}


def _compared(bill: int, computed: _Computed) -> Compared:
    amount = sum(each for each, _ in computed.values())
    return Compared(
        billed=usd_of(bill),
        computed=usd_of(amount),
        unattributed=usd_of(bill - amount),
        unpriced=sum(unpriced for _, unpriced in computed.values()),
    )
