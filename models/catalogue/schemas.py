"""The SDK's schema of any name, and all parameters that it takes: made once, then kept."""

from collections.abc import Sequence
from functools import lru_cache

from dify_plugin.entities.model import AIModelEntity, ParameterRule, PriceConfig

from models.catalogue.forms import declaration_as, rules
from models.catalogue.model import ModelKind, Price, Service
from models.catalogue.names import is_fine_tune, known_model, model_behind
from models.catalogue.tables import table


def schema_of(
    name: str, base_model: str, service: Service, kind: ModelKind = "llm"
) -> AIModelEntity:
    """Return the schema of a model of a type that somebody added under a name.

    It is a copy: what a caller changes of it, its rules apart, changes nobody else's.
    """
    return _schema(name, base_model, service, kind).model_copy()


@lru_cache(256)
def parameters_of(base_model: str, service: Service) -> Sequence[ParameterRule]:
    """Return the rules of all parameters that a model takes, also of those without a field."""
    return tuple(ParameterRule(**rule) for rule in rules(model_behind(base_model, service)))


def listed_pricing(base_model: str, service: Service) -> PriceConfig | None:
    """Return the list price of a model as its schema has it, None where nobody knows one."""
    return _schema(base_model, base_model, service, "llm").pricing


@lru_cache(256)
def _schema(name: str, base_model: str, service: Service, kind: ModelKind) -> AIModelEntity:
    model = model_behind(base_model, service, kind)
    return AIModelEntity(**declaration_as(model, name, _price(base_model, service)))


def _price(base_model: str, service: Service) -> Price | None:
    """Return what is known to be paid: a model that is merely like another has its own price."""
    model = known_model(base_model, service)
    if model is None or is_fine_tune(base_model):
        return model.fine_tuned if model else None
    return model.price_on(table("openai").as_of)
