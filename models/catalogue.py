"""Which schema holds for a model name: predefined, Azure base model, fine-tune, or any other.

A schema is what Dify builds the model's parameter form from. All of them are YAML; what differs
between two names of one kind is the name, and what the model costs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from dify_plugin.entities import I18nObject
from dify_plugin.entities.model import AIModelEntity, FetchFrom, PriceConfig

from models.llm.families import base_name, family_of, is_fine_tune, model_line

_MODELS = Path(__file__).parent / "llm"
_VARIANTS = Path(__file__).parent / "variants.yaml"


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
    if schema is None and line in _variants().like:
        like, pricing = _variants().like[line]
        schema = described.get(like)
    if schema is None:
        schema, pricing = _generic(base_model), None
    if is_fine_tune(base_model):
        pricing = _variants().fine_tuned.get(line)
    return _renamed(schema, name, pricing)


def _generic(base: str) -> AIModelEntity:
    """Return the schema for a name that only its family tells something about."""
    return _described("generic")["reasoning" if family_of(base).reasons else "plain"]


@dataclass(frozen=True, slots=True)
class _Variants:
    """`variants.yaml`: the model that each is like and its price; the price of its fine-tunes."""

    like: Mapping[str, tuple[str, PriceConfig]]
    fine_tuned: Mapping[str, PriceConfig]


@cache
def _variants() -> _Variants:
    written = yaml.safe_load(_VARIANTS.read_text(encoding="utf-8"))
    like = {name: (model, _usd(*prices)) for name, (model, *prices) in written["like"].items()}
    return _Variants(like, {name: _usd(*prices) for name, prices in written["fine_tuned"].items()})


def _usd(received: str, generated: str) -> PriceConfig:
    """Return list prices for a million tokens."""
    return PriceConfig(
        input=Decimal(received), output=Decimal(generated), unit=Decimal("0.000001"), currency="USD"
    )


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
