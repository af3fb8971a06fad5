"""Apps that still use a model which its service ends: on which day, and what takes its place."""

from datetime import date, datetime

from pydantic import Field
from sqlalchemy import Connection, func, select

from models.catalogue.model import Model
from models.catalogue.names import base_of_deployment, known_model
from tools.usage.calls import SERVICES
from tools.usage.database import calls
from tools.usage.measures import Value
from tools.usage.periods import Period


class UsedBy(Value):
    """One app's use of it."""

    app: str | None = Field(description="null: calls without an app id")
    calls: int
    last_used: date = Field(description="day of the last call, in the report's time zone")


class Ending(Value):
    """A model that ends, or has ended, and its apps, most calls first; calls without one last."""

    model: str
    service: str
    ends: date = Field(description="the day on which the service ends the model")
    days_left: int = Field(description="days until then; negative after it")
    replacement: str | None = Field(description="what the service names instead, null if nothing")
    apps: list[UsedBy]

    @property
    def app_count(self) -> int:
        """Return how many apps used it; calls without an app are of none."""
        return sum(each.app is not None for each in self.apps)

    @property
    def calls(self) -> int:
        """Return all its calls."""
        return sum(each.calls for each in self.apps)


def endings(connection: Connection, period: Period) -> list[Ending]:
    """Return them, the next end first. The dates are the catalogue's; Azure's move."""
    first, too_late = period.bounds
    used = calls.c.model, calls.c.provider, calls.c.app_id
    statement = (
        select(*used, func.count(), func.max(calls.c.at))
        .where(calls.c.at >= first, calls.c.at < too_late)
        .group_by(*used)
    )
    apps: dict[tuple[str, str], list[UsedBy]] = {}
    for model, service, app, count, at in connection.execute(statement):
        day = datetime.fromtimestamp(at / 1000, period.zone).date()
        apps.setdefault((model, service), []).append(UsedBy(app=app, calls=count, last_used=day))
    found = []
    for (model, service), users in apps.items():
        known = _known(model, service)
        if known is None or known.ends is None:
            continue
        found.append(
            Ending(
                model=model,
                service=service,
                ends=known.ends,
                days_left=(known.ends - period.end.date()).days,
                replacement=known.then,
                apps=sorted(users, key=lambda each: (each.app is None, -each.calls, each.app)),
            )
        )
    return sorted(found, key=lambda each: (each.ends, -each.calls, each.model))


def _known(name: str, provider: str) -> Model | None:
    service = SERVICES.get(provider, "openai")
    if service == "azure_openai":
        # A deployment may be called anything; many bear their model's name within.
        name = base_of_deployment(name, None)
    return known_model(name, service)
