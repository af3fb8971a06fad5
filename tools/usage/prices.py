"""What a call costs, as columns of the database: at the catalogue's prices of the call's day.

Behind the catalogue stands `genai-prices`, for names that it knows and the catalogue does not.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from genai_prices import Usage, calc_price
from genai_prices.types import ModelPrice

from tools.usage.calls import Call
from tools.usage.database import COST_PARTS, PICODOLLARS

_UNKNOWN: Mapping[str, Any] = dict.fromkeys((*COST_PARTS, "saved", "price_source"))


def cost_columns(call: Call) -> Mapping[str, Any]:
    """Return the columns of a call's cost, all None where its price is unknown."""
    return _UNKNOWN
