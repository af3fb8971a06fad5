"""List prices against amounts that were written down by hand, each with where it stands."""

from datetime import date
from decimal import Decimal

import pytest

from models.catalogue.schemas import schema_of
from models.catalogue.tables import table

# USD for a million tokens: input, cached input, cache write, output; - where none is sold.
# developers.openai.com/api/docs/pricing and the models' own pages, as pydantic/genai-prices 0.2.3
# and BerriAI/litellm's model_prices_and_context_window.json of November 2026 repeat them.
PRICES = {
    "gpt-6-luna": "0.10 0.01 0.125 0.50",
    "gpt-6.2-sol": "2 0.10 2.50 10",
    "gpt-6.1-terra": "1 0.05 1.25 5",
    "gpt-6.1-sol": "2 0.10 2.50 10",
    "gpt-6-sol": "2 0.20 2.50 10",
    "gpt-6-astra": "10 1 12.50 50",
    "gpt-5.6": "4 0.40 5 20",
    "gpt-5.6-sol": "4 0.40 5 20",
    "gpt-5.6-terra": "2 0.20 2.50 12",
    "gpt-5.6-luna": "0.20 0.02 0.25 1.20",
    "gpt-5.5": "5 0.50 - 30",
    "gpt-5.5-pro": "30 - - 180",
    "gpt-5.4": "2.50 0.25 - 15",
    "gpt-5.4-mini-2026-03-17": "0.75 0.075 - 4.50",
    "gpt-5.4-nano": "0.20 0.02 - 1.25",
    "gpt-5.4-pro": "30 - - 180",
    "gpt-5.3-codex": "1.75 0.175 - 14",
    "gpt-5.2": "1.75 0.175 - 14",
    "gpt-5.2-pro": "21 - - 168",
    "gpt-5.1-2025-11-13": "1.25 0.125 - 10",
    "gpt-5.1-codex-mini": "0.25 0.025 - 2",
    "gpt-5": "1.25 0.125 - 10",
    "gpt-5-mini": "0.25 0.025 - 2",
    "gpt-5-nano": "0.05 0.005 - 0.40",
    "gpt-5-pro": "15 - - 120",
    "chat-latest": "5 0.50 - 30",
    "gpt-4.1": "2 0.50 - 8",
    "gpt-4.1-mini": "0.40 0.10 - 1.60",
    "gpt-4.1-nano": "0.10 0.025 - 0.40",
    "gpt-4o": "2.50 1.25 - 10",
    "gpt-4o-2024-05-13": "5 - - 15",
    "gpt-4o-mini": "0.15 0.075 - 0.60",
    "o3": "2 0.50 - 8",
    "o3-pro": "20 - - 80",
    "o3-mini": "1.10 0.55 - 4.40",
    "o4-mini": "1.10 0.275 - 4.40",
    "o1": "15 7.50 - 60",
    "gpt-4-turbo": "10 - - 30",
    "gpt-4": "30 - - 60",
    "gpt-3.5-turbo": "0.50 - - 1.50",
    "gpt-audio-1.5": "2.50 - - 10",
    "gpt-audio-mini": "0.60 - - 2.40",
}
FINE_TUNES = {
    "ft:gpt-4.1-2025-04-14:acme::abc": ("3", "12"),
    "ft:gpt-4.1-mini-2025-04-14:acme:mine:abc": ("0.8", "3.2"),
    "ft:gpt-4.1-nano-2025-04-14:acme::abc:ckpt-step-90": ("0.2", "0.8"),
    "ft:gpt-4o-2024-08-06:acme::abc": ("3.75", "15"),
    "ft:gpt-4o-mini-2024-07-18:acme::abc": ("0.3", "1.2"),
    "ft:o4-mini-2025-04-16:acme::abc": ("4", "16"),
    "openai/ft:gpt-4.1-2025-04-14:acme::abc": ("3", "12"),
}
OF_NOBODY = ("ft:gpt-5-2025-08-07:acme::abc", "gpt-6.3-sol", "gpt-7-luna", "llama-4", "grok-4")


def amounts(written: str) -> list[Decimal | None]:
    return [None if amount == "-" else Decimal(amount) for amount in written.split()]


def test_forty_models_cost_what_the_price_lists_say() -> None:
    assert len(PRICES) >= 40
    for name, written in PRICES.items():
        price = table("openai").models[name].price_on(date(2026, 11, 27))
        assert price is not None
        found = [price.input, price.cached, price.cache_write, price.output]
        assert found == amounts(written), name


def test_a_call_has_the_price_of_its_day() -> None:
    sol = table("openai").models["gpt-5.6-sol"]
    for day, amount in ((date(2026, 8, 20), "30"), (date(2026, 8, 21), "20")):
        price = sol.price_on(day)
        assert price is not None
        assert price.output == Decimal(amount)


@pytest.mark.parametrize("name", FINE_TUNES)
def test_a_fine_tune_has_its_own_price(name: str) -> None:
    for schema in (schema_of(name, name, "openai"), schema_of("mine", name, "azure_openai")):
        assert schema.pricing is not None
        assert (str(schema.pricing.input), str(schema.pricing.output)) == FINE_TUNES[name]


@pytest.mark.parametrize("name", OF_NOBODY)
def test_what_nobody_knows_has_no_price(name: str) -> None:
    assert schema_of(name, name, "openai").pricing is None
