"""What calls cost, against amounts that were worked out by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from models.catalogue.costs import Cost, Quantities, cost_of, region_factor
from tests.prices.priced_calls import LANGUAGE, OTHER, TODAY, UNKNOWN, PricedCall


def cost(call: PricedCall) -> Cost | None:
    return cost_of(
        call.service,
        call.model,
        call.counted,
        tier=call.tier,
        day=call.day,
        region_factor=region_factor(call.service, call.model, call.host),
    )


@pytest.mark.parametrize("call", [*LANGUAGE, *OTHER], ids=lambda call: call.model)
def test_a_call_costs_what_was_worked_out_by_hand(call: PricedCall) -> None:
    found = cost(call)
    assert found is not None
    assert found.total == call.usd
    assert found.source == "catalogue"


@pytest.mark.parametrize("call", UNKNOWN, ids=lambda call: call.model)
def test_what_nobody_knows_has_no_cost(call: PricedCall) -> None:
    assert cost(call) is None


@pytest.mark.parametrize("tier", [None, "", "auto", "default", "standard"])
def test_a_call_of_the_standard_tier_costs_the_price_of_the_list(tier: str | None) -> None:
    assert cost(replace(LANGUAGE[0], tier=tier)) == cost(LANGUAGE[0])


def test_a_cost_is_told_by_what_was_paid_for() -> None:
    counted = Quantities(10_000, cached=6000, cache_write=2000, output=2000, searches=2)
    assert cost_of("openai", "gpt-6.2-sol", counted, tier="flex", day=TODAY) == Cost(
        input=Decimal("0.002"),
        cached=Decimal("0.0003"),
        cache_write=Decimal("0.0025"),
        output=Decimal("0.01"),
        tools=Decimal("0.02"),
        saved=Decimal("0.0057"),
    )


def test_a_call_without_tokens_costs_nothing_and_that_is_known() -> None:
    found = cost_of("openai", "gpt-4o", Quantities(), day=TODAY)
    assert found is not None
    assert found.total == found.saved == 0


@pytest.mark.parametrize(
    ("host", "factor"),
    [
        ("api.openai.com", 1),
        ("us.api.openai.com", "1.1"),
        ("eu.api.openai.com", "1.1"),
        ("eu.api.openai.com.example.org", 1),
        ("gateway.example.org", 1),
    ],
)
def test_data_residency_is_told_by_the_host(host: str, factor: int | str) -> None:
    assert region_factor("openai", "gpt-6-luna", host) == Decimal(factor)
    assert region_factor("openai", "gpt-4o", host) == 1
    assert region_factor("azure_openai", "gpt-6-luna", host) == 1
