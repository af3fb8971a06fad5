"""Budgets of apps: which app has cost more in the period than it may."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from tools.usage.measures import Measures, usd

EVERY_APP = "*"


@dataclass(frozen=True, slots=True)
class Budget:
    """What an app may cost in USD. `app` is its id, its name, or EVERY_APP without its own."""

    app: str
    most: Decimal


def budget_in(text: str) -> Budget:
    """Read `app=50`. Raises ValueError with one sentence for anything else."""
    app, _, amount = text.rpartition("=")
    try:
        most = Decimal(amount)
    except InvalidOperation:
        most = Decimal("NaN")
    if not app.strip() or not most.is_finite() or most < 0:
        raise ValueError(f"{text!r} is no budget: write an app's id or name, = and USD, as app=50")
    return Budget(app.strip(), most)


def exceeded(
    budgets: Iterable[Budget], costs: Mapping[str, Measures], names: Mapping[str, str]
) -> list[str]:
    """Return a line for each app, by id in `costs`, that has cost more than its budget.

    An app's own budget comes before that of every app, its id before its name. A price that is not
    known is told beside the amount that it is missing in.
    """
    most = {budget.app: budget.most for budget in budgets}
    lines = []
    for app, measures in costs.items():
        name = names.get(app)
        found = next((most[key] for key in (app, name, EVERY_APP) if key in most), None)
        if found is None or (measures.cost or 0) <= found:
            continue
        shown = f"{name} ({app})" if name else app
        unknown = f", and calls without a price: {measures.unpriced:,}" if measures.unpriced else ""
        lines.append(f"{shown}: {usd(measures.cost or Decimal(0))} of {usd(found)} USD{unknown}")
    return lines


def unknown_apps(
    budgets: Iterable[Budget], apps: Iterable[str], names: Mapping[str, str]
) -> list[str]:
    """Return the budgets' apps that no call and no name in the database knows: mistyped ones."""
    known = {EVERY_APP, *apps, *names, *names.values()}
    return [budget.app for budget in budgets if budget.app not in known]
