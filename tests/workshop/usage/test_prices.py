"""What a call's columns of cost hold; the prices themselves are checked beside the catalogue."""

from typing import Any

import pytest

from tools.usage.calls import Call
from tools.usage.prices import cost_columns

_AT = 1_795_816_304_542
_PARTS = ("cost_input", "cost_cached", "cost_cache_write", "cost_output", "cost_tools", "saved")


def _call(model: str = "gpt-4o-2024-08-06", provider: str = "openai", **facts: Any) -> Call:
    return Call("k", _AT, provider, "chat", model, **({"input": 1000, "output": 100} | facts))


def test_parts_are_whole_picodollars() -> None:
    # https://platform.openai.com/docs/pricing: 2.50 for input, 1.25 cached, 10.00 for output.
    columns = cost_columns(_call(cached=400))
    assert [columns[part] for part in _PARTS] == [
        *(1_500_000_000, 500_000_000, 0, 1_000_000_000, 0, 500_000_000),
    ]
    assert columns["price_source"] == "catalogue"


@pytest.mark.parametrize(
    "call",
    [
        _call("nobody-knows-this"),
        _call(provider="another"),
        _call(tier="a new tier"),
        _call("nobody-knows-this", characters=5, input=0, output=0),
    ],
)
def test_an_unknown_price_is_none_in_all_parts(call: Call) -> None:
    columns = cost_columns(call)
    assert {columns[part] for part in (*_PARTS, "price_source")} == {None}


def test_a_failed_call_that_used_nothing_costs_nothing() -> None:
    failed = _call("nobody-knows-this", input=0, output=0, error="InvokeBadRequestError")
    assert {cost_columns(failed)[part] for part in _PARTS} == {0}


def test_a_regional_host_costs_more() -> None:
    plain, dearer = (cost_columns(_call(region_factor=factor)) for factor in ("1", "1.1"))
    assert [dearer[part] for part in _PARTS] == [plain[part] * 11 // 10 for part in _PARTS]


def test_what_the_catalogue_has_no_price_for_is_priced_by_another_list() -> None:
    columns = cost_columns(_call("davinci-002"))
    assert columns["price_source"] == "genai-prices"
    assert (columns["cost_input"], columns["cost_output"]) == (2_000_000_000, 200_000_000)
    assert cost_columns(_call("davinci-002", cached=10))["cost_input"] is None
