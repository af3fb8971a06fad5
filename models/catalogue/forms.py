"""What Dify is told of a model: its declaration, made from the catalogue's facts.

The YAML files that Dify reads are these declarations, written out by `python -m tools.catalogue`.
"""

from collections.abc import Iterator
from typing import Any

from models.catalogue.model import Model, Price
from models.catalogue.tables import table, written_in

type Json = dict[str, Any]

MORE = "more_parameters"
# The field of a model that has the values of a parameter.
_VALUES = {
    "reasoning_effort": "efforts",
    "reasoning_summary": "summaries",
    "verbosity": "verbosities",
    "response_format": "formats",
    "service_tier": "tiers",
}
# With less time left than this Dify offers a model to no new app; apps that have it keep it.
_DAYS_DEPRECATED = 30


def declaration(model: Model) -> Json:
    """Return what Dify is told of a model of OpenAI that it lists by itself."""
    declared = declaration_as(model, model.name, model.price_on(table("openai").as_of))
    declared["fetch_from"] = "predefined-model"
    if model.ends is not None:
        declared["label"] = {
            language: text.format(name=model.name, ends=model.ends, then=model.then)
            for language, text in written_in("labels")["ends"].items()
        }
        if (model.ends - table("openai").as_of).days <= _DAYS_DEPRECATED:
            declared["deprecated"] = True
    return declared


def declaration_as(model: Model, name: str, price: Price | None) -> Json:
    """Return what Dify is told of a model that somebody added under a name, at a price."""
    declared: Json = {
        "model": name,
        "label": {"en_US": name},
        "model_type": model.type,
        "fetch_from": "customizable-model",
        "model_properties": dict(model.properties),
    }
    if model.context:
        declared["model_properties"]["context_size"] = model.context
    if model.voices:
        languages = list(model.languages)
        declared["model_properties"]["voices"] = [
            {"mode": voice, "name": voice.capitalize(), "language": languages}
            for voice in model.voices
        ]
    if model.type == "llm":
        declared["features"] = _features(model)
        declared["model_properties"]["mode"] = "chat"
        shown = (_rule(each, model) for each in _shown(model))
        declared["parameter_rules"] = [*shown, _rule(MORE, model)]
    # Dify prices the tokens of these two types alone.
    if model.type in {"llm", "text-embedding"} and price and price.input is not None:
        output = {} if price.output is None else {"output": str(price.output)}
        unit = {"unit": "0.000001", "currency": "USD"}
        declared["pricing"] = {"input": str(price.input), **output, **unit}
    return declared


def rules(model: Model) -> list[Json]:
    """Return all parameters that a model takes: those of its form, and those behind them."""
    return [_rule(name, model) for name in (*_shown(model), MORE, *model.more)]


def _features(model: Model) -> list[str]:
    structured = ["structured-output"] if "json_schema" in model.formats else []
    return [*model.features, *structured]


def _shown(model: Model) -> Iterator[str]:
    """Yield the parameters of the form: a choice of one is none."""
    for name in model.parameters:
        if name == "json_schema":
            if "json_schema" in model.formats:
                yield name
        elif name not in _VALUES or len(getattr(model, _VALUES[name])) > 1:
            yield name


def _rule(name: str, model: Model) -> Json:
    written = written_in("parameters")[name]
    rule: Json = {"name": name, "required": False, **written["rule"]}
    rule["label"] = dict(written.get("label", {"en_US": name}))
    if "help" in written:
        rule["help"] = dict(written["help"])
    if name in _VALUES:
        rule["options"] = list(getattr(model, _VALUES[name]))
    match name:
        case "max_tokens":
            rule |= {"max": model.output, "default": min(model.limit, model.output)}
        case "reasoning_effort":
            rule["default"] = model.effort
        case "more_parameters":
            names = "; ".join(f"{each}: {_taken(each, model)}" for each in model.more)
            rule["help"] = {key: text.format(names=names) for key, text in rule["help"].items()}
    return rule


def _taken(name: str, model: Model) -> str:
    """Return the values of a parameter as its help names them."""
    rule = _rule(name, model)
    if options := rule.get("options"):
        return ", ".join(options)
    if rule["type"] == "boolean":
        return "true, false"
    values = written_in("parameters")[name].get("values")
    return str(values or f"{rule['min']} to {rule['max']}")
