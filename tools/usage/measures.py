"""What is measured of calls: the meaning, the title and the unit of each number, for every output."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field

# USD. In JSON a plain decimal as text, which keeps every digit.
type Usd = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:f}", return_type=str)]


def _told(title: str, unit: str, description: str) -> dict[str, Any]:
    return {"title": title, "description": description, "json_schema_extra": {"unit": unit}}


class Value(BaseModel):
    """A frozen value that has nothing besides its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Measures(Value):
    """The numbers of a group of calls. Money is USD, exact; None is not known, which is never 0."""

    calls: int = Field(**_told("Calls", "calls", "calls that began in the period"))
    failed: int = Field(**_told("Failed", "calls", "calls that ended with an error"))
    without_app: int = Field(**_told("No app", "calls", "calls that name no app"))
    estimated: int = Field(
        **_told("Estimated", "calls", "calls whose tokens are the plugin's estimate")
    )
    priced: int = Field(**_told("Priced", "calls", "calls whose price is known"))
    unpriced: int = Field(
        **_told("No price", "calls", "calls with something to pay for whose price is unknown")
    )
    input: int = Field(**_told("Input", "tokens", "input tokens, cached and written ones included"))
    cached: int = Field(**_told("Cached", "tokens", "input tokens read from the service's cache"))
    cache_write: int = Field(**_told("Written", "tokens", "input tokens written to that cache"))
    output: int = Field(**_told("Output", "tokens", "output tokens, reasoning included"))
    reasoning: int = Field(**_told("Reasoning", "tokens", "output tokens spent on reasoning"))
    audio_input: int = Field(**_told("Audio in", "tokens", "input tokens of sound"))
    audio_output: int = Field(**_told("Audio out", "tokens", "output tokens of sound"))
    characters: int = Field(**_told("Characters", "number", "characters that were spoken"))
    seconds: float = Field(**_told("Seconds", "number", "seconds of recordings"))
    searches: int = Field(**_told("Searches", "number", "web searches"))
    cost: Usd | None = Field(
        **_told("Cost", "usd", "what the priced calls cost; null where no call has a known price")
    )
    cost_input: Usd | None = Field(
        **_told("Cost: input", "usd", "of it: input neither read from the cache nor written to it")
    )
    cost_cached: Usd | None = Field(**_told("Cost: cached", "usd", "of it: cached input"))
    cost_cache_write: Usd | None = Field(
        **_told("Cost: written", "usd", "of it: input written to the cache")
    )
    cost_output: Usd | None = Field(**_told("Cost: output", "usd", "of it: output"))
    cost_tools: Usd | None = Field(**_told("Cost: tools", "usd", "of it: web searches"))
    saved: Usd | None = Field(
        **_told("Saved", "usd", "how much more the cached tokens would have cost as input")
    )
    ms_p50: int | None = Field(
        **_told("Time p50", "ms", "half of the answered calls took no longer than this")
    )
    ms_p95: int | None = Field(**_told("Time p95", "ms", "the same of 95 in 100 calls"))
    first_ms_p50: int | None = Field(
        **_told("First p50", "ms", "time to a streamed answer's first piece, of half of them")
    )
    first_ms_p95: int | None = Field(**_told("First p95", "ms", "the same of 95 in 100"))

    @classmethod
    def none(cls) -> Self:
        """Return the measures of no call at all."""
        times = dict.fromkeys(("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95"))
        return cls.model_validate(dict.fromkeys(cls.model_fields, 0) | times)

    @computed_field(**_told("Per call", "usd", "cost divided by the priced calls"))  # type: ignore[prop-decorator]
    @property
    def cost_per_call(self) -> Usd | None:
        """Return what a priced call costs on average."""
        if self.cost is None or not self.priced:
            return None
        return (self.cost / self.priced).quantize(Decimal("1e-12"))

    @computed_field(**_told("Cached %", "share", "share of the input tokens that was cached"))  # type: ignore[prop-decorator]
    @property
    def cached_share(self) -> float | None:
        """Return the share of cached input, from 0 to 1."""
        return self.cached / self.input if self.input else None

    @computed_field(**_told("Failed %", "share", "share of the calls that failed"))  # type: ignore[prop-decorator]
    @property
    def failed_share(self) -> float | None:
        """Return the share of failures, from 0 to 1."""
        return self.failed / self.calls if self.calls else None

    @computed_field(**_told("No app %", "share", "share of the calls that name no app"))  # type: ignore[prop-decorator]
    @property
    def without_app_share(self) -> float | None:
        """Return the share of calls without an app, from 0 to 1."""
        return self.without_app / self.calls if self.calls else None


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one measure: its field, a short title, its unit and its meaning."""

    name: str
    title: str
    unit: str
    description: str


def _all() -> Iterator[Told]:
    for name, told in (*Measures.model_fields.items(), *Measures.model_computed_fields.items()):
        extra = told.json_schema_extra
        unit = str(extra["unit"]) if isinstance(extra, dict) else ""
        yield Told(name, told.title or name, unit, told.description or "")


MEASURES = {told.name: told for told in _all()}


def written(value: object, unit: str) -> str:
    """Return a number as people read it; a dash for one that is not known."""
    match value:
        case None:
            return "–"
        case Decimal() if unit == "usd":
            return usd(value)
        case int() | float() if unit == "ms":
            return f"{value / 1000:,.1f} s" if value >= 1000 else f"{value:,.0f} ms"  # noqa: PLR2004
        case float() if unit == "share":
            return f"{value:.1%}"
        case int() | float():
            return f"{value:,.0f}"
    return str(value)


def usd(amount: Decimal) -> str:
    """Return an amount with cents, with more digits only where cents would hide it."""
    digits = 2 if amount == 0 or abs(amount) >= 1 else 4 if abs(amount) >= Decimal("0.001") else 6
    return f"{amount:,.{digits}f}"


def short(number: int) -> str:
    """Return a large count in three digits or four: 12.3 M."""
    for size, letter in ((10**9, "G"), (10**6, "M"), (10**4, "k")):
        if number >= size:
            return f"{number / min(size, 10**3 if letter == 'k' else size):,.1f} {letter}"
    return f"{number:,}"
