"""What a call costs, as columns of the database: at the catalogue's prices of the call's day.

Behind the catalogue stands `genai-prices`, for names that it knows and the catalogue does not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.catalogue.costs import Cost, Quantities, cost_of
from models.catalogue.names import is_fine_tune, known_model
from tools.usage.calls import SERVICES, Call
from tools.usage.database import COST_PARTS, PICODOLLARS

_UNKNOWN: Mapping[str, Any] = dict.fromkeys((*COST_PARTS, "saved", "price_source"))
_NOTHING: Mapping[str, Any] = {**dict.fromkeys((*COST_PARTS, "saved"), 0), "price_source": None}


def cost_columns(call: Call) -> Mapping[str, Any]:
    """Return the columns of a call's cost, all None where its price is unknown."""
    service = SERVICES.get(call.provider)
    if service is None:
        return _UNKNOWN
    counted = Quantities(
        input=call.input,
        cached=call.cached,
        cache_write=call.cache_write,
        output=call.output,
        audio_input=call.audio_input,
        audio_output=call.audio_output,
        characters=call.characters,
        seconds=call.seconds,
        searches=call.searches,
        cache_write_12h=call.cache_write_12h,
    )
    if call.error and counted == Quantities():
        return _NOTHING
    day = datetime.fromtimestamp(call.at / 1000, UTC).date()
    known = known_model(call.model, service)
    if known is None or not (known.price_on(day) or is_fine_tune(call.model)):
        # Its list takes longer to import than most logs to read, and is seldom asked.
        from tools.usage.other_prices import cost_by_others  # noqa: PLC0415

        return _columns(cost_by_others(service, call.model, counted, call.tier, day))
    factor = Decimal(call.region_factor)
    return _columns(
        cost_of(service, call.model, counted, tier=call.tier, day=day, region_factor=factor)
    )


def _columns(cost: Cost | None) -> Mapping[str, Any]:
    if cost is None:
        return _UNKNOWN
    amounts = (cost.input, cost.cached, cost.cache_write, cost.output, cost.tools, cost.saved)
    whole = (round(amount * PICODOLLARS) for amount in amounts)
    return dict(zip((*COST_PARTS, "saved"), whole, strict=True)) | {"price_source": cost.source}
