"""Calls whose cost was worked out by hand, asked for through the plugin: Dify's usage, the line."""

from dataclasses import asdict
from decimal import ROUND_HALF_UP, Decimal

import pytest

from fakes.dify_daemon.requests import LLMOptions
from models.catalogue.costs import Quantities
from tests.prices.priced_calls import LANGUAGE, OTHER, PricedCall
from tests.wire.ends import Json, Wire

BEFORE_THEIR_END = "2026-07-01"
CALLS = [call for call in LANGUAGE if call.lasts]
# It searches for every answer, and no answer has the count.
SEARCHING = [call for call in OTHER if call.model == "gpt-4o-search-preview"]


def reported(counted: Quantities) -> Json:
    """Return the counts as the local service is told to report them."""
    return {
        name: count
        for name, count in asdict(counted).items()
        if name not in {"searches", "seconds", "characters"}
    }


def rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.0000001"), rounding=ROUND_HALF_UP)


def test_forty_calls_are_asked_for() -> None:
    assert len(CALLS) >= 40


@pytest.mark.parametrize(
    "call", [*CALLS, *SEARCHING], ids=lambda call: f"{call.model} {call.tier or ''}".strip()
)
def test_dify_and_the_log_get_the_amount_that_was_worked_out(wire: Wire, call: PricedCall) -> None:
    wire.change(models=[call.model], deployments={call.model: call.model}, today=BEFORE_THEIR_END)
    counted = call.counted
    wire.plan(
        {
            "text": "An answer.",
            "model": call.model,
            "usage": reported(counted),
            "service_tier": call.tier or "default",
            "searches": counted.searches,
        }
    )
    route = "openai-chat" if call.service == "openai" else "azure-chat"
    target = wire.target(route, call.model, api_protocol="auto")
    asks = bool(counted.searches) and call not in SEARCHING
    options = LLMOptions(model_parameters={"enable_web_search": asks})
    (usage,) = wire.ask(target, options).usages
    line = wire.usage_lines()[-1]
    assert call.usd is not None
    assert Decimal(str(line["cost"])) == call.usd
    assert Decimal(str(usage["total_price"])) == rounded(call.usd)
    parts = Decimal(str(usage["prompt_price"])) + Decimal(str(usage["completion_price"]))
    searched = counted.searches * Decimal("0.025" if call in SEARCHING else "0.01")
    assert abs(parts + searched - call.usd) < Decimal("0.0000002")
    assert (line["searches"], line["tier"] or "default") == (
        counted.searches,
        call.tier or "default",
    )
