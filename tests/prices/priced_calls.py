"""Calls whose cost was worked out by hand, as `priced_calls.yaml` has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from models.catalogue.costs import Quantities
from models.catalogue.model import Service

TODAY = date(2026, 11, 27)


@dataclass(frozen=True, slots=True)
class PricedCall:
    """A call and its cost in USD, None where nobody knows; `lasts`: also on any later day.

    `kind` is how it is asked for: `llm`, or the name of the operation in the usage line.
    """

    model: str
    counted: Quantities
    usd: Decimal | None = None
    service: Service = "openai"
    kind: str = "llm"
    host: str = "api.openai.com"
    tier: str | None = None
    day: date = TODAY
    lasts: bool = True


def _read(row: Mapping[str, Any]) -> PricedCall:
    told = {key: value for key, value in row.items() if key not in {"worked", "source", "why"}}
    told["counted"] = Quantities(**row["counted"])
    if "usd" in row:
        told["usd"] = Decimal(row["usd"])
    return PricedCall(**told)


_WRITTEN = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
# Answers of language models that any day's plugin can be asked for; all others of known cost.
LANGUAGE = tuple(map(_read, _WRITTEN["language"]))
OTHER = tuple(map(_read, _WRITTEN["other"]))
UNKNOWN = tuple(map(_read, _WRITTEN["unknown"]))
