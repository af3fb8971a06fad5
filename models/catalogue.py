"""Which schema holds for a model name: predefined, Azure base model, fine-tune, or any other.

A schema is what Dify builds the model's parameter form from. All of them are YAML; what differs
between two names of one kind is the name, and what the model costs.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from dify_plugin.entities import I18nObject
from dify_plugin.entities.model import AIModelEntity, FetchFrom, PriceConfig

from models.llm.families import base_name, family_of, is_fine_tune, model_line

_MODELS = Path(__file__).parent / "llm"


def _usd(received: str, generated: str) -> PriceConfig:
    """Return list prices for a million tokens."""
    return PriceConfig(
        input=Decimal(received), output=Decimal(generated), unit=Decimal("0.000001"), currency="USD"
    )


# Models that differ from a described one in what they cost alone, and in which they are like it
# (developers.openai.com/api/docs/models and /pricing, November 2026).
_LIKE: Mapping[str, tuple[str, PriceConfig]] = {
    "gpt-4.1-mini": ("gpt-4.1", _usd("0.40", "1.60")),
    "gpt-4.1-nano": ("gpt-4.1", _usd("0.10", "0.40")),
    "gpt-5-mini": ("gpt-5", _usd("0.25", "2.00")),
    "gpt-5-nano": ("gpt-5", _usd("0.05", "0.40")),
    "gpt-5.6-sol": ("gpt-5.6", _usd("4.00", "20.00")),
    "gpt-5.6-terra": ("gpt-5.6", _usd("2.00", "12.00")),
    "gpt-5.6-luna": ("gpt-5.6", _usd("0.20", "1.20")),
    "o4-mini": ("o3", _usd("1.10", "4.40")),
}
# What answers of a model's fine-tunes cost (the pricing page's fine-tuning table, as LiteLLM's
# model_prices_and_context_window.json has it in November 2026). Of others nobody knows the price.
_FINE_TUNED: Mapping[str, PriceConfig] = {
    "gpt-4.1": _usd("3.00", "12.00"),
    "gpt-4.1-mini": _usd("0.80", "3.20"),
    "gpt-4.1-nano": _usd("0.20", "0.80"),
    "gpt-4o": _usd("3.75", "15.00"),
    "gpt-4o-mini": _usd("0.30", "1.20"),
    "o4-mini": _usd("4.00", "16.00"),
}


def openai_schema(model: str, predefined: Sequence[AIModelEntity]) -> AIModelEntity:
    """Return the schema of a model that is not predefined, by the model that its name stands for:
    a snapshot's, a fine-tune's or a gateway's; generic for one that nobody described."""
    return _schema(model, model, {schema.model: schema for schema in predefined})


def azure_schema(deployment: str, base_model: str) -> AIModelEntity:
    """Return the schema of a deployment by the model behind it, generic for one we do not know.

    The base models are not predefined, since a deployment may bear any of their names.
    """
    return _schema(deployment, base_model, _described("azure_openai"))


def _schema(name: str, base_model: str, described: Mapping[str, AIModelEntity]) -> AIModelEntity:
    line = model_line(base_model)
    schema = described.get(base_name(base_model)) or described.get(line)
    pricing = schema.pricing if schema else None
    if schema is None and line in _LIKE:
        like, pricing = _LIKE[line]
        schema = described.get(like)
    if schema is None:
        schema, pricing = _generic(base_model), None
    if is_fine_tune(base_model):
        pricing = _FINE_TUNED.get(line)
    return _renamed(schema, name, pricing)


def _generic(base: str) -> AIModelEntity:
    """Return the schema for a name that only its family tells something about."""
    return _described("generic")["reasoning" if family_of(base).reasons else "plain"]


@cache
def _described(folder: Literal["azure_openai", "generic"]) -> Mapping[str, AIModelEntity]:
    """Read the schemas of a folder, once, by the model they describe."""
    schemas = (
        AIModelEntity(**yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((_MODELS / folder).glob("*.yaml"))
    )
    return {schema.model: schema for schema in schemas}


def _renamed(schema: AIModelEntity, model: str, pricing: PriceConfig | None) -> AIModelEntity:
    """Return a schema under another name and at another price.

    It shares its rules: the SDK fills in what a rule lacks from its template, which changes nothing
    in a rule that was read with its template.
    """
    return schema.model_copy(
        update={
            "model": model,
            "pricing": pricing,
            "label": I18nObject(en_US=model),
            "fetch_from": FetchFrom.CUSTOMIZABLE_MODEL,
        }
    )
