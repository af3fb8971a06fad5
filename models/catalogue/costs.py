"""What a call costs in USD, exactly: what was counted, at the list prices of its day.

Prices that nobody knows make a cost unknown (None), never 0. Names that the catalogue has not are
unknown here. `genai-prices`, which the usage report asks behind it, is none of the plugin: in a
package it would be as old as the catalogue and know no newer model of these services, while what
another vendor's server takes for one is not told by the name. For that its first call would hold
the process's streams up for a quarter of a second, and it would take 11 MiB there.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from models.catalogue.model import Model, Price, Service
from models.catalogue.names import is_fine_tune, known_model
from models.catalogue.tables import table

# Values of `service_tier` for what costs the price of the list.
_STANDARD = frozenset({None, "", "auto", "default", "standard"})
_NOTHING = Fraction(0)
_ZERO = Decimal(0)
_A_THOUSANDTH = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class Quantities:
    """What is paid for.

    `input` includes `cached`, `cache_write` and `audio_input`, `output` includes reasoning and
    `audio_output`, `cache_write` what is kept for 12 hours. `seconds` of a recording, `characters`
    of a text to be spoken, `searches` of the web.
    """

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    output: int = 0
    audio_input: int = 0
    audio_output: int = 0
    characters: int = 0
    seconds: float = 0
    searches: int = 0
    cache_write_12h: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """USD, not rounded. `input` is what was neither cached nor written to the cache.

    `saved` is what the cached tokens would have cost more at the price of input.
    """

    input: Decimal
    cached: Decimal
    cache_write: Decimal
    output: Decimal
    tools: Decimal
    saved: Decimal
    source: Literal["catalogue", "genai-prices"] = "catalogue"

    @property
    def total(self) -> Decimal:
        """What the call costs."""
        return self.input + self.cached + self.cache_write + self.output + self.tools


class _UnknownPriceError(Exception):
    """Something was used that costs what nobody knows."""


# Dify's usage and the usage line ask for the same.
@lru_cache(64)
def cost_of(  # noqa: PLR0913 - a price needs no less
    service: Service,
    model: str,
    quantities: Quantities,
    *,
    tier: str | None = None,
    day: date,
    region_factor: Decimal = Decimal(1),
) -> Cost | None:
    """Return the cost of a call, None where a price that it needs is unknown.

    `model` is the service's own name, dated or `ft:…`, or a deployment's base model; `tier` the one
    that served the call; `day` that of the call, in UTC.
    """
    terms = _terms(service, model, tier, day, region_factor)
    if terms is None or not _is_counted(quantities, terms.price):
        return None
    try:
        return _cost(quantities, terms)
    except _UnknownPriceError:
        return None


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a model costs on a day in a tier at a host: its prices, and how many times those."""

    known: Model
    price: Price
    times: Fraction
    search: Decimal | None


@lru_cache(1024)
def _terms(
    service: Service, model: str, tier: str | None, day: date, region_factor: Decimal
) -> _Terms | None:
    """Return the terms, None where nobody knows them. A report asks for few of them very often."""
    known = known_model(model, service)
    if known is None:
        return None
    tuned = is_fine_tune(model)
    price = known.fine_tuned if tuned else known.price_on(day)
    factor = None if price is None else _tier_factor(known, price, tier, tuned=tuned)
    if price is None or factor is None:
        return None
    search = known.searches if known.searches is not None else table(service).searches
    return _Terms(known, price, factor * Fraction(region_factor), search)


def region_factor(service: Service, model: str, host: str) -> Decimal:
    """Return how many times its list price a model costs at a host of its service."""
    hosts = table(service).regional_hosts
    known = known_model(model, service)
    if known is None or hosts is None or not re.fullmatch(hosts, host):
        return Decimal(1)
    return known.regional


def _is_counted(quantities: Quantities, price: Price) -> bool:
    """Return whether what a model is paid by is among what was counted."""
    if price.minute is not None:
        return quantities.seconds > 0
    if price.character is not None:
        return quantities.characters > 0
    tokens = quantities.input or quantities.output
    return bool(tokens) or not (quantities.seconds or quantities.characters)


def _tier_factor(known: Model, price: Price, tier: str | None, *, tuned: bool) -> Fraction | None:
    if tier in _STANDARD:
        return Fraction(1)
    # What a fine-tune costs in another tier is told nowhere.
    return None if tuned else {**known.tiers, **price.tiers}.get(str(tier))


def _cost(counted: Quantities, terms: _Terms) -> Cost:
    known, price = terms.known, terms.price
    a_token = terms.times / 1_000_000
    read, written = a_token, a_token
    if known.long_context is not None and counted.input > known.long_context.above:
        read *= Fraction(known.long_context.input)
        written *= Fraction(known.long_context.output)
    text = counted.input - counted.cached - counted.cache_write - counted.audio_input
    kept_short = counted.cache_write - counted.cache_write_12h
    # Models before gpt-5.6 do not charge extra for writing to the cache (learn.microsoft.com,
    # prompt caching).
    kept, kept_12h = price.cache_write, price.cache_write_12h
    if kept is None:
        kept = kept_12h = price.input
    cached = _amount(counted.cached, price.cached, read)
    return Cost(
        input=_usd(
            _amount(text, price.input, read)
            + _amount(counted.audio_input, price.audio_input, read)
            + _amount(counted.characters, price.character or _ZERO, a_token)
            + _amount(counted.seconds, price.minute or _ZERO, terms.times / 60)
        ),
        cached=_usd(cached),
        cache_write=_usd(
            _amount(kept_short, kept, read) + _amount(counted.cache_write_12h, kept_12h, read)
        ),
        output=_usd(
            _amount(counted.output - counted.audio_output, price.output, written)
            + _amount(counted.audio_output, price.audio_output, written)
        ),
        tools=_usd(_amount(counted.searches, terms.search, _A_THOUSANDTH)),
        saved=_usd(_amount(counted.cached, price.input, read) - cached),
    )


def _amount(count: float, price: Decimal | None, times: Fraction) -> Fraction:
    """Return what so many cost. Raises _UnknownPriceError where nobody knows."""
    if count <= 0:
        return _NOTHING
    if price is None:
        raise _UnknownPriceError
    return (count if isinstance(count, int) else Fraction(str(count))) * _rate(price, times)


@lru_cache(1024)
def _rate(price: Decimal, times: Fraction) -> Fraction:
    """Return what one costs."""
    return Fraction(price) * times


def _usd(amount: Fraction) -> Decimal:
    return Decimal(amount.numerator) / amount.denominator if amount else _ZERO
