"""What a call costs: token counts and a model's list prices -> Dify's usage."""

from decimal import ROUND_HALF_UP, Decimal

from dify_plugin.entities.model import PriceConfig
from dify_plugin.entities.model.llm import LLMUsage
from dify_plugin.entities.model.text_embedding import EmbeddingUsage

from models.usage_line import TokenUsage

_PLACES = Decimal("0.0000001")
_NO_PRICE = PriceConfig(input=Decimal(0), output=Decimal(0), unit=Decimal(0), currency="USD")


def priced_usage(usage: TokenUsage, pricing: PriceConfig | None, latency: float) -> LLMUsage:
    """Return Dify's usage of a call; `latency` in seconds. Without list prices it costs 0."""
    prices = pricing or _NO_PRICE
    output_price = prices.output or Decimal(0)
    prompt = _amount(usage.input, prices.input, prices.unit)
    completion = _amount(usage.output, output_price, prices.unit)
    return LLMUsage(
        prompt_tokens=usage.input,
        prompt_unit_price=prices.input,
        prompt_price_unit=prices.unit,
        prompt_price=prompt,
        completion_tokens=usage.output,
        completion_unit_price=output_price,
        completion_price_unit=prices.unit,
        completion_price=completion,
        total_tokens=usage.input + usage.output,
        total_price=prompt + completion,
        currency=prices.currency,
        latency=latency,
    )


def priced_embedding(
    usage: TokenUsage, pricing: PriceConfig | None, latency: float
) -> EmbeddingUsage:
    """Return the same of embedded texts, which have no output."""
    prices = pricing or _NO_PRICE
    return EmbeddingUsage(
        tokens=usage.input,
        total_tokens=usage.input,
        unit_price=prices.input,
        price_unit=prices.unit,
        total_price=_amount(usage.input, prices.input, prices.unit),
        currency=prices.currency,
        latency=latency,
    )


def _amount(tokens: int, price: Decimal, unit: Decimal) -> Decimal:
    return (tokens * price * unit).quantize(_PLACES, rounding=ROUND_HALF_UP)
