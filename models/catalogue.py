"""Which schema holds for a model name: predefined, Azure base model, fine-tune, or any other.

A schema is what Dify builds the model's parameter form from. It is made once per name and shared;
nobody may change it.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import yaml
from dify_plugin.entities import I18nObject
from dify_plugin.entities.model import (
    AIModelEntity,
    FetchFrom,
    ModelPropertyKey,
    ModelType,
    ParameterRule,
    ParameterType,
)

from models.families import base_name, family_of

_AZURE_BASE_MODELS = Path(__file__).parent / "llm" / "azure_openai"
# What a model that nobody described can do: the smallest context of the models on offer.
_GENERIC_CONTEXT_SIZE = 128_000
_GENERIC_MAX_TOKENS = 128_000
_NAMES_KEPT = 512


def openai_schema(model: str, predefined: Sequence[AIModelEntity]) -> AIModelEntity:
    """Return the schema of a model that is not predefined: a fine-tune's base model, or generic."""
    base = base_name(model)
    described = next((schema for schema in predefined if schema.model == base), None)
    return _renamed(described, model) if described else _generic(model, base)


@lru_cache(_NAMES_KEPT)
def azure_schema(deployment: str, base_model: str) -> AIModelEntity:
    """Return the schema of a deployment by the model behind it, generic for one we do not know."""
    described = _azure_base_models().get(base_model)
    return _renamed(described, deployment) if described else _generic(deployment, base_model)


@cache
def _azure_base_models() -> dict[str, AIModelEntity]:
    """Read the base models: not predefined, since a deployment may bear any of their names."""
    schemas = (
        AIModelEntity(**yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted(_AZURE_BASE_MODELS.glob("*.yaml"))
    )
    return {schema.model: schema for schema in schemas}


def _renamed(schema: AIModelEntity, model: str) -> AIModelEntity:
    return schema.model_copy(
        update={
            "model": model,
            "label": I18nObject(en_US=model),
            "fetch_from": FetchFrom.CUSTOMIZABLE_MODEL,
        }
    )


@lru_cache(_NAMES_KEPT)
def _generic(model: str, base: str) -> AIModelEntity:
    """Return a schema for a name that only its family tells something about."""
    rules = [
        ParameterRule(
            name="max_tokens",
            use_template="max_tokens",
            label=I18nObject(en_US="Max Tokens", zh_Hans="最大标记"),
            type=ParameterType.INT,
            default=4096,
            min=1,
            max=_GENERIC_MAX_TOKENS,
        )
    ]
    if family_of(base).reasons:
        rules.append(
            ParameterRule(
                name="reasoning_effort",
                label=I18nObject(en_US="Reasoning Effort", zh_Hans="推理强度"),
                type=ParameterType.STRING,
                options=["none", "minimal", "low", "medium", "high", "xhigh"],
            )
        )
    else:
        rules += [_sampling_rule(name, label) for name, label in _SAMPLING_LABELS.items()]
    return AIModelEntity(
        model=model,
        label=I18nObject(en_US=model),
        model_type=ModelType.LLM,
        fetch_from=FetchFrom.CUSTOMIZABLE_MODEL,
        model_properties={
            ModelPropertyKey.MODE: "chat",
            ModelPropertyKey.CONTEXT_SIZE: _GENERIC_CONTEXT_SIZE,
        },
        parameter_rules=rules,
    )


_SAMPLING_LABELS = {"temperature": ("Temperature", "温度", 2.0), "top_p": ("Top P", "Top P", 1.0)}


def _sampling_rule(name: str, label: tuple[str, str, float]) -> ParameterRule:
    english, chinese, most = label
    return ParameterRule(
        name=name,
        use_template=name,
        label=I18nObject(en_US=english, zh_Hans=chinese),
        type=ParameterType.FLOAT,
        min=0.0,
        max=most,
        precision=2,
    )
