"""What a call costs: what a service counted, at the catalogue's prices -> USD, and Dify's usage."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from time import perf_counter

from dify_plugin.entities.model import AIModelEntity, PriceConfig
from dify_plugin.entities.model.llm import LLMUsage
from dify_plugin.entities.model.text_embedding import EmbeddingUsage

from models.catalogue.costs import Cost, Quantities, cost_of
from models.catalogue.names import known_model
from models.catalogue.schemas import listed_pricing
from models.service.endpoint import Endpoint
from models.usage import Answered, TokenUsage, number_in

_PLACES = Decimal("0.0000001")
_NO_PRICE = PriceConfig(input=Decimal(0), output=Decimal(0), unit=Decimal(0), currency="USD")
_NO_USAGE = TokenUsage(input=0, output=0)


def cost_at(endpoint: Endpoint, answered: Answered, day: date) -> Cost | None:
    """Return what an answer costs that an endpoint gave on a day (UTC), None where nobody knows.

    The model that answered is paid, as the service names it: behind a router or an alias that may
    be another one than was asked for.
    """
    usage = answered.usage
    seconds = number_in(answered.more.get("seconds")) or 0
    characters = int(number_in(answered.more.get("characters")) or 0)
    if usage is None and not (seconds or characters):
        return None
    usage = usage or _NO_USAGE
    counted = Quantities(
        input=usage.input,
        cached=usage.cached,
        cache_write=usage.cache_write,
        output=usage.output,
        audio_input=usage.audio_input,
        audio_output=usage.audio_output,
        characters=characters,
        seconds=seconds,
        searches=answered.searches,
        cache_write_12h=usage.cache_write_12h,
    )
    service = endpoint.provider
    is_known = known_model(answered.model, service) is not None
    return cost_of(
        service,
        answered.model if is_known else endpoint.base_model,
        counted,
        tier=answered.tier,
        day=day,
        region_factor=endpoint.region_factor,
    )


@dataclass(frozen=True, slots=True)
class Pricing:
    """What Dify is told of the cost of one call, begun at `started` (`perf_counter`).

    Dify has no word for a price that nobody knows: what stands there then are the tokens at the
    prices of the model's schema, and 0 where that has none. So it is, too, with prices that
    somebody wrote into a schema: they are taken as they are.
    """

    endpoint: Endpoint
    schema: AIModelEntity | None
    started: float

    def usage_of(self, answered: Answered) -> LLMUsage:
        """Return Dify's usage of an answer; what was searched is in the total alone."""
        usage, prices = answered.usage or _NO_USAGE, self._prices
        output_price = prices.output or Decimal(0)
        cost = self._cost(answered)
        if cost is None:
            prompt = usage.input * prices.input * prices.unit
            completion = usage.output * output_price * prices.unit
            total = prompt + completion
        else:
            prompt = cost.input + cost.cached + cost.cache_write
            completion, total = cost.output, cost.total
        return LLMUsage(
            prompt_tokens=usage.input,
            prompt_unit_price=prices.input,
            prompt_price_unit=prices.unit,
            prompt_price=_rounded(prompt),
            completion_tokens=usage.output,
            completion_unit_price=output_price,
            completion_price_unit=prices.unit,
            completion_price=_rounded(completion),
            total_tokens=usage.input + usage.output,
            total_price=_rounded(total),
            currency=prices.currency,
            latency=perf_counter() - self.started,
        )

    def usage_of_embedded(self, answered: Answered) -> EmbeddingUsage:
        """Return the same of embedded texts, which have no output."""
        usage, prices = answered.usage or _NO_USAGE, self._prices
        cost = self._cost(answered)
        total = usage.input * prices.input * prices.unit if cost is None else cost.total
        return EmbeddingUsage(
            tokens=usage.input,
            total_tokens=usage.input,
            unit_price=prices.input,
            price_unit=prices.unit,
            total_price=_rounded(total),
            currency=prices.currency,
            latency=perf_counter() - self.started,
        )

    @property
    def _prices(self) -> PriceConfig:
        return (self.schema and self.schema.pricing) or _NO_PRICE

    def _cost(self, answered: Answered) -> Cost | None:
        written = self.schema.pricing if self.schema else None
        if written and written != listed_pricing(self.endpoint.base_model, self.endpoint.provider):
            return None
        return cost_at(self.endpoint, answered, datetime.now(UTC).date())


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(_PLACES, rounding=ROUND_HALF_UP)
