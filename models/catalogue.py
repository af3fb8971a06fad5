"""Which schema holds for a model name: predefined, Azure base model, fine-tune, or any other.

A schema is what Dify builds the model's parameter form from. All of them are YAML; what differs
between two names of one kind is the name alone.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from dify_plugin.entities import I18nObject
from dify_plugin.entities.model import AIModelEntity, FetchFrom

from models.llm.families import base_name, family_of

_MODELS = Path(__file__).parent / "llm"


def openai_schema(model: str, predefined: Sequence[AIModelEntity]) -> AIModelEntity:
    """Return the schema of a model that is not predefined: a fine-tune's base model, or generic."""
    base = base_name(model)
    described = next((schema for schema in predefined if schema.model == base), None)
    return _renamed(described or _generic(base), model)


def azure_schema(deployment: str, base_model: str) -> AIModelEntity:
    """Return the schema of a deployment by the model behind it, generic for one we do not know.

    The base models are not predefined, since a deployment may bear any of their names.
    """
    described = _described("azure_openai").get(base_model)
    return _renamed(described or _generic(base_model), deployment)


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


def _renamed(schema: AIModelEntity, model: str) -> AIModelEntity:
    """Return a schema under another name. It shares its rules: the SDK fills in what a rule lacks
    from its template, which changes nothing in a rule that was read with its template.
    """
    return schema.model_copy(
        update={
            "model": model,
            "label": I18nObject(en_US=model),
            "fetch_from": FetchFrom.CUSTOMIZABLE_MODEL,
        }
    )
