"""What is measured of calls: the meaning, title and unit of each number, for every output."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, computed_field

# USD. In JSON a plain decimal as text, which keeps every digit.
type Usd = Annotated[Decimal, PlainSerializer(lambda amount: f"{amount:f}", return_type=str)]


# Shown for what is not known.
UNKNOWN = "–"  # noqa: RUF001
_SECOND_MS = 1000

Calls = Annotated[int, Field(json_schema_extra={"unit": "calls"})]
Tokens = Annotated[int, Field(json_schema_extra={"unit": "tokens"})]
Cost = Annotated[Usd | None, Field(json_schema_extra={"unit": "usd"})]
Milliseconds = Annotated[int | None, Field(json_schema_extra={"unit": "ms"})]


class Value(BaseModel):
    """A frozen value that has nothing besides its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Measures(Value):
    """The numbers of a group of calls. Money is USD, exact; None is not known, which is never 0."""

    calls: Calls = Field(title="Calls", description="calls that began in the period")
    failed: Calls = Field(title="Failed", description="calls that ended with an error")
    without_app: Calls = Field(title="No app", description="calls that name no app")
    estimated: Calls = Field(
        title="Estimated", description="calls whose tokens are the plugin's estimate"
    )
    priced: Calls = Field(title="Priced", description="calls whose price is known")
    unpriced: Calls = Field(
        title="No price", description="calls with something to pay for whose price is unknown"
    )
    input: Tokens = Field(
        title="Input", description="input tokens, cached and written ones included"
    )
    cached: Tokens = Field(title="Cached", description="input tokens read from the service's cache")
    cache_write: Tokens = Field(title="Written", description="input tokens written to that cache")
    output: Tokens = Field(title="Output", description="output tokens, reasoning included")
    reasoning: Tokens = Field(title="Reasoning", description="output tokens spent on reasoning")
    audio_input: Tokens = Field(title="Audio in", description="input tokens of sound")
    audio_output: Tokens = Field(title="Audio out", description="output tokens of sound")
    characters: int = Field(
        title="Characters",
        description="characters that were spoken",
        json_schema_extra={"unit": "number"},
    )
    seconds: float = Field(
        title="Seconds", description="seconds of recordings", json_schema_extra={"unit": "number"}
    )
    searches: int = Field(
        title="Searches", description="web searches", json_schema_extra={"unit": "number"}
    )
    cost: Cost = Field(
        title="Cost", description="what the priced calls cost; null where no call has a known price"
    )
    cost_input: Cost = Field(
        title="Cost: input",
        description="of it: input neither read from the cache nor written to it",
    )
    cost_cached: Cost = Field(title="Cost: cached", description="of it: cached input")
    cost_cache_write: Cost = Field(
        title="Cost: written", description="of it: input written to the cache"
    )
    cost_output: Cost = Field(title="Cost: output", description="of it: output")
    cost_tools: Cost = Field(title="Cost: tools", description="of it: web searches")
    saved: Cost = Field(
        title="Saved", description="how much more the cached tokens would have cost as input"
    )
    ms_p50: Milliseconds = Field(
        title="Time p50", description="half of the answered calls took no longer than this"
    )
    ms_p95: Milliseconds = Field(title="Time p95", description="the same of 95 in 100 calls")
    first_ms_p50: Milliseconds = Field(
        title="First p50", description="time to a streamed answer's first piece, of half of them"
    )
    first_ms_p95: Milliseconds = Field(title="First p95", description="the same of 95 in 100")

    @classmethod
    def none(cls) -> Self:
        """Return the measures of no call at all."""
        times = dict.fromkeys(("ms_p50", "ms_p95", "first_ms_p50", "first_ms_p95"))
        return cls.model_validate(dict.fromkeys(cls.model_fields, 0) | times)

    @computed_field(  # type: ignore[prop-decorator]
        title="Per call",
        description="cost divided by the priced calls",
        json_schema_extra={"unit": "usd"},
    )
    @property
    def cost_per_call(self) -> Usd | None:
        """Return what a priced call costs on average."""
        if self.cost is None or not self.priced:
            return None
        return (self.cost / self.priced).quantize(Decimal("1e-12"))

    @computed_field(  # type: ignore[prop-decorator]
        title="Cached %",
        description="share of the input tokens that was cached",
        json_schema_extra={"unit": "share"},
    )
    @property
    def cached_share(self) -> float | None:
        """Return the share of cached input, from 0 to 1."""
        return self.cached / self.input if self.input else None

    @computed_field(  # type: ignore[prop-decorator]
        title="Failed %",
        description="share of the calls that failed",
        json_schema_extra={"unit": "share"},
    )
    @property
    def failed_share(self) -> float | None:
        """Return the share of failures, from 0 to 1."""
        return self.failed / self.calls if self.calls else None

    @computed_field(  # type: ignore[prop-decorator]
        title="No app %",
        description="share of the calls that name no app",
        json_schema_extra={"unit": "share"},
    )
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
    schema = Measures.model_json_schema(mode="serialization")
    for name, told in schema["properties"].items():
        yield Told(name, told["title"], told["unit"], told["description"])


MEASURES = {told.name: told for told in _all()}


def written(value: object, unit: str) -> str:
    """Return a number as people read it; a dash for one that is not known."""
    match value:
        case None:
            return UNKNOWN
        case Decimal() if unit == "usd":
            return usd(value)
        case int() | float() if unit == "ms":
            return f"{value / _SECOND_MS:,.1f} s" if value >= _SECOND_MS else f"{value:,.0f} ms"
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
