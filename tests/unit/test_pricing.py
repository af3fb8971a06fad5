"""What Dify is told of a cost: where prices are known, written by somebody, or told by nobody."""

from datetime import date
from decimal import Decimal

import pytest
from dify_plugin.entities.model import AIModelEntity, PriceConfig

from models.catalogue.schemas import schema_of
from models.pricing import Pricing, cost_at
from models.usage import Answered, TokenUsage
from tests.unit.endpoints import azure_at, openai_at

USAGE = TokenUsage(input=1000, output=100, cached=400)
OWN = PriceConfig(input=Decimal(3), output=Decimal(4), unit=Decimal("0.001"), currency="EUR")


def told(
    answered: Answered, own: PriceConfig | None = None, asked: str = "gpt-4o"
) -> tuple[Decimal, Decimal, Decimal, str]:
    """Return what Dify shows of an answer, whose schema has list prices or somebody's own."""
    schema: AIModelEntity = schema_of(asked, asked, "openai")
    if own is not None:
        schema.pricing = own
    usage = Pricing(openai_at(asked), schema, started=0).usage_of(answered)
    return usage.prompt_price, usage.completion_price, usage.total_price, usage.currency


def test_a_known_price_counts_what_was_cached() -> None:
    amounts = (Decimal("0.002"), Decimal("0.001"), Decimal("0.003"), "USD")
    assert told(Answered("i", "gpt-4o-2024-11-20", USAGE)) == amounts


def test_prices_that_somebody_wrote_into_a_schema_are_taken_as_they_are() -> None:
    answered = Answered("i", "gpt-4o-2024-11-20", USAGE, tier="priority")
    assert told(answered, OWN) == (Decimal(3), Decimal("0.4"), Decimal("3.4"), "EUR")


def test_of_an_unknown_cost_dify_sees_the_list_price_or_nothing() -> None:
    of_no_tier = Answered("i", "gpt-4o-2024-11-20", USAGE, tier="scale")
    assert cost_at(openai_at("gpt-4o"), of_no_tier, date(2026, 11, 27)) is None
    assert told(of_no_tier)[:3] == (Decimal("0.0025"), Decimal("0.001"), Decimal("0.0035"))
    of_nobody = Answered("i", "gpt-9-nobody", USAGE)
    assert cost_at(openai_at("gpt-9-nobody"), of_nobody, date(2026, 11, 27)) is None
    assert told(of_nobody, asked="gpt-9-nobody")[:3] == (Decimal(0),) * 3


def test_the_model_that_answered_is_paid() -> None:
    """A router of Azure's, or an alias, answers by another model than was asked for."""
    day, router = date(2026, 11, 27), azure_at(base_model="model-router")
    by_nano = cost_at(router, Answered("i", "gpt-5-nano-2025-08-07", TokenUsage(100, 100)), day)
    assert by_nano is not None
    assert by_nano.total == Decimal("0.000045")
    # A deployment's name, which some answers repeat, says nothing: its base model does.
    named = cost_at(
        azure_at(base_model="gpt-5-nano"), Answered("i", "d", TokenUsage(100, 100)), day
    )
    assert named == by_nano


@pytest.mark.parametrize(
    ("address", "usd"), [("", "0.0175"), ("https://eu.api.openai.com/v1", "0.01925")]
)
def test_an_address_of_data_residency_costs_more(address: str, usd: str) -> None:
    endpoint = openai_at("gpt-5.4", address)
    answered = Answered("i", "gpt-5.4-2026-03-05", TokenUsage(1000, 1000))
    cost = cost_at(endpoint, answered, date(2026, 11, 27))
    assert cost is not None
    assert cost.total == Decimal(usd)
