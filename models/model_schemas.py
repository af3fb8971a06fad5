"""The schema of a model that is no language model, by its name, from the YAML of its type."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from dify_plugin.entities import I18nObject
from dify_plugin.entities.model import AIModelEntity, FetchFrom

_MODELS = Path(__file__).parent


def schema_like(
    name: str, base_model: str, described: Iterable[AIModelEntity], any_model: AIModelEntity
) -> AIModelEntity:
    """Return the schema of a model under another name: that of its base model, else `any_model`.

    A gateway puts who serves a model before its name, `openai/text-embedding-3-small`.
    """
    base = base_model.rpartition("/")[2].lower()
    schema = next((schema for schema in described if schema.model == base), any_model)
    return schema.model_copy(
        update={
            "model": name,
            "label": I18nObject(en_US=name),
            "fetch_from": FetchFrom.CUSTOMIZABLE_MODEL,
        }
    )


@cache
def described_in(folder: str) -> tuple[AIModelEntity, ...]:
    """Read the schemas of a folder beside this file, once."""
    return tuple(
        AIModelEntity(**yaml.safe_load(path.read_text(encoding="utf-8")))
        for path in sorted((_MODELS / folder).glob("*.yaml"))
        if not path.name.startswith("_")
    )
