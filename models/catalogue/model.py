"""What is known of a model: the fields of the catalogue's tables."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue

type Api = Literal["chat", "responses"]
type Service = Literal["openai", "azure_openai"]
type ModelKind = Literal["llm", "text-embedding", "speech2text", "tts", "moderation", "completion"]
type ChatTools = Literal["always", "unless_an_effort_is_set", "without_reasoning", "never"]
# What speaks: the API of its own, or an answer on Chat Completions that has sound.
type Carrier = Literal["speech", "chat"]
type Factor = Annotated[Fraction, BeforeValidator(lambda written: Fraction(str(written)))]


class _Facts(BaseModel):
    """A row of a table: what is not a field of it is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Facts):
    """What a million tokens cost in USD, from a day on; None where that is not sold or not known.

    input, cached, cache_write, output: text. audio_input, audio_output: speech.
    character: a million characters to speak. minute: one minute of speech.
    tiers: those of `Model.tiers` that are other ones from that day on.
    """

    since: date | None = None
    input: Decimal | None = None
    cached: Decimal | None = None
    cache_write: Decimal | None = None
    output: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None
    character: Decimal | None = None
    minute: Decimal | None = None
    tiers: dict[str, Factor | None] = {}

    @property
    def cache_write_12h(self) -> Decimal | None:
        """What is kept for 12 hours: 2.5 times the input, where 30 minutes cost 1.25 times.

        Source: developers.openai.com/api/docs/models/gpt-6.2-sol.
        """
        return None if self.cache_write is None else 2 * self.cache_write


class LongContext(_Facts):
    """How many times a whole request costs whose prompt has more tokens than `above`."""

    above: int
    input: Decimal
    output: Decimal


class Model(_Facts):
    """A model of a service.

    apis: those that serve it, the one that it works best on first.
    reasons: it thinks before it answers. Such a model refuses `stop`; on Chat Completions its limit
        is called `max_completion_tokens`, on Responses it hands over encrypted reasoning.
    streams: it can answer in pieces.
    context, output: the most tokens of a call and of its answer.
    limit: what the form proposes as the answer's limit.
    features: Dify's names of what it can do.
    formats, efforts, summaries, verbosities: the values of those parameters; effort: the one that
        it takes by itself.
    sampling: whether it takes temperature and its like.
    chat_tools: whether Chat Completions takes function tools.
    tiers: the values of `service_tier`, and how many times the price a call costs there; None where
        nobody knows.
    parameters, more: what its form has, and what is entered under "More parameters", in order.
    prices: by day, oldest first, empty where nobody knows; fine_tuned: those of its fine-tunes.
    regional: how many times its price it costs where its data may not leave a region.
    searches: USD for a thousand web searches, None for the service's own price;
        always_searches: each call is one, and its answer has no count.
    ends, then: the day on which the service ends it, and the model that takes its place.
    snapshots: the dates of its versions that can be named.
    dimensions: how many numbers a vector has.
    speakers, several_hints, takes_prompt: whether a transcript says who speaks, and whether several
        languages and keywords, or a text to go by, can be given.
    carrier, voices, languages: how speech is asked for, and what it can be; takes_instructions,
        takes_speed: whether it can be told how to speak in words, or in a field of its own.
    also: a type that it has besides, and the line of models that says how it is used as one.
    properties: what else Dify must know of a model of this type, under its names.
    gated: only customers whom the service admits may use it, so Dify does not list it.
    """

    name: str
    service: Service
    type: ModelKind
    apis: tuple[Api, ...] = ()
    reasons: bool = False
    streams: bool = True
    context: int = 0
    output: int = 0
    limit: int = 0
    features: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    efforts: tuple[str, ...] = ()
    effort: str | None = None
    summaries: tuple[str, ...] = ()
    verbosities: tuple[str, ...] = ()
    sampling: Literal["always", "without_reasoning", "never"] = "never"
    chat_tools: ChatTools = "always"
    tiers: dict[str, Factor | None] = {}
    parameters: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    prices: tuple[Price, ...] = ()
    fine_tuned: Price | None = None
    long_context: LongContext | None = None
    regional: Decimal = Decimal(1)
    searches: Decimal | None = None
    always_searches: bool = False
    ends: date | None = None
    then: str | None = None
    snapshots: tuple[date, ...] = ()
    dimensions: int | None = None
    speakers: bool = False
    several_hints: bool = False
    takes_prompt: bool = False
    carrier: Carrier = "speech"
    voices: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    takes_instructions: bool = False
    takes_speed: bool = False
    also: dict[ModelKind, str] = {}
    properties: dict[str, JsonValue] = {}
    gated: bool = False

    def price_on(self, day: date) -> Price | None:
        """Return the list price of a day, None where nobody knows one."""
        valid = [price for price in self.prices if price.since is None or price.since <= day]
        return valid[-1] if valid else None
