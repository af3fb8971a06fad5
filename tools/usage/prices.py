"""What a call costs, as columns of the database: at the catalogue's prices of the call's day.

Behind the catalogue stands `genai-prices`, for names that it knows and the catalogue does not.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice

from models.catalogue.costs import Cost, Quantities, cost_of
from models.catalogue.model import Service
from models.catalogue.names import known_model
from tools.usage.calls import Call
from tools.usage.database import COST_PARTS, PICODOLLARS

_UNKNOWN: Mapping[str, Any] = dict.fromkeys((*COST_PARTS, "saved", "price_source"))
_NOTHING: Mapping[str, Any] = {**dict.fromkeys((*COST_PARTS, "saved"), 0), "price_source": None}
_THEIR_NAMES: Mapping[Service, str] = {"openai": "openai", "azure_openai": "azure"}
_SERVICES: Mapping[str, Service] = {name: name for name in _THEIR_NAMES}
_STANDARD = frozenset({None, "auto", "default", "standard"})
_LIST_PRICE = Decimal(1)


def cost_columns(call: Call) -> Mapping[str, Any]:
    """Return the columns of a call's cost, all None where its price is unknown."""
    service = _SERVICES.get(call.provider)
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
    )
    if call.error and counted == Quantities():
        return _NOTHING
    day = datetime.fromtimestamp(call.at / 1000, UTC).date()
    known = known_model(call.model, service)
    if known is None:
        cost, regional = _by_others(service, call, counted, day), False
    else:
        cost = cost_of(service, call.model, counted, tier=call.tier, day=day)
        # A line names no host; what the plugin made of it does.
        dearer = cost is not None and call.told_cost == cost.total * known.regional
        regional = call.regional or (dearer and known.regional != _LIST_PRICE)
        if regional:
            cost = cost_of(
                service,
                call.model,
                counted,
                tier=call.tier,
                day=day,
                region_factor=known.regional,
            )
    return _columns(cost) | {"regional": regional}


def _columns(cost: Cost | None) -> dict[str, Any]:
    if cost is None:
        return dict(_UNKNOWN)
    amounts = (cost.input, cost.cached, cost.cache_write, cost.output, cost.tools, cost.saved)
    whole = (round(amount * PICODOLLARS) for amount in amounts)
    return dict(zip((*COST_PARTS, "saved"), whole, strict=True)) | {"price_source": cost.source}


def _by_others(service: Service, call: Call, counted: Quantities, day: date) -> Cost | None:
    """Return what `genai-prices` makes of a call, as far as it has a price for all of it."""
    if call.tier not in _STANDARD or not (call.input or call.output) or call.searches:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        whole = calc_price(
            _usage(counted),
            call.model,
            provider_id=_THEIR_NAMES[service],
            genai_request_timestamp=moment,
        )
    except LookupError:
        return None
    price = whole.model_price
    needed = {
        "input_mtok": call.input,
        "cache_read_mtok": call.cached,
        "cache_write_mtok": call.cache_write,
        "output_mtok": call.output,
        "input_audio_mtok": call.audio_input,
        "output_audio_mtok": call.audio_output,
    }
    if any(count and getattr(price, name) is None for name, count in needed.items()):
        return None
    cached = _input_price(price, Quantities(input=call.cached, cached=call.cached))
    written = _input_price(price, Quantities(input=call.cache_write, cache_write=call.cache_write))
    return Cost(
        input=whole.input_price - cached - written,
        cached=cached,
        cache_write=written,
        output=whole.output_price,
        tools=whole.total_price - whole.input_price - whole.output_price,
        saved=_input_price(price, Quantities(input=call.cached)) - cached,
        source="genai-prices",
    )


def _input_price(price: ModelPrice, counted: Quantities) -> Decimal:
    return price.calc_price(_usage(counted))["input_price"]


def _usage(counted: Quantities) -> Usage:
    return Usage(
        input_tokens=counted.input,
        cache_read_tokens=counted.cached,
        cache_write_tokens=counted.cache_write,
        input_audio_tokens=counted.audio_input,
        output_tokens=counted.output,
        output_audio_tokens=counted.audio_output,
    )
