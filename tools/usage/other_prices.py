"""What calls cost whose models the catalogue has not: the prices of the package `genai-prices`."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice

from models.catalogue.costs import Cost, Quantities
from models.catalogue.model import Service

_THEIR_NAMES: Mapping[Service, str] = {"openai": "openai", "azure_openai": "azure"}
_STANDARD = frozenset({None, "auto", "default", "standard"})


def cost_by_others(
    service: Service, model: str, counted: Quantities, tier: str | None, day: date
) -> Cost | None:
    """Return what a call costs, None unless the list has a price for all of it."""
    if tier not in _STANDARD or not (counted.input or counted.output) or counted.searches:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        whole = calc_price(
            _usage(counted),
            model,
            provider_id=_THEIR_NAMES[service],
            genai_request_timestamp=moment,
        )
    except LookupError:
        return None
    price = whole.model_price
    needed = {
        "input_mtok": counted.input,
        "cache_read_mtok": counted.cached,
        "cache_write_mtok": counted.cache_write,
        "output_mtok": counted.output,
        "input_audio_mtok": counted.audio_input,
        "output_audio_mtok": counted.audio_output,
    }
    if any(count and getattr(price, name) is None for name, count in needed.items()):
        return None
    cached = _input_price(price, Quantities(input=counted.cached, cached=counted.cached))
    written = _input_price(
        price, Quantities(input=counted.cache_write, cache_write=counted.cache_write)
    )
    return Cost(
        input=whole.input_price - cached - written,
        cached=cached,
        cache_write=written,
        output=whole.output_price,
        tools=whole.total_price - whole.input_price - whole.output_price,
        saved=_input_price(price, Quantities(input=counted.cached)) - cached,
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
