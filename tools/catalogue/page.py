"""The page of all models, for people: what is offered, what ends, what Dify's own plugins have."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import yaml

from models.catalogue.model import Model, Service
from models.catalogue.names import known_model
from models.catalogue.tables import table

_OFFICIAL = Path(__file__).parent / "official.yaml"
_HEAD = """# Models

Made by `uv run -q python -m tools.catalogue render` from the [catalogue](../models/catalogue).
Prices are USD for a million tokens, without cached input, long prompts and service tiers, which the
catalogue has too. *Official*: one of Dify's own plugins has the model.

A model that OpenAI ends is shown with the date and its replacement. With 30 days left Dify offers
it to no new app (`deprecated`), and apps that have it keep it; after that day it is not listed, and
its name, entered by hand, works wherever a server still answers to it. Azure's dates are those of a
schedule that moves: they are told and decide nothing.
"""
_COLUMNS = "| Model | Offered as | Context | Answer | Input | Output | Ends | Official |"


def models_page() -> str:
    """Return the page's Markdown."""
    parts = [_HEAD]
    services: dict[Service, str] = {"openai": "OpenAI", "azure_openai": "Azure OpenAI"}
    for service, title in services.items():
        parts.append(f"\n## {title}\n\n{_COLUMNS}\n|---|---|--:|--:|--:|--:|---|---|\n")
        parts.extend(f"{row}\n" for row in _rows(service))
    return "".join(parts)


def _rows(service: Service) -> Iterator[str]:
    as_of = table("openai").as_of
    official = _official()[service]
    models = table(service).models
    for name in dict.fromkeys((*models, *official)):
        model = models.get(name) or known_model(name, service)
        if model is None:
            raise LookupError(f"{name} of Dify's official plugin is in no table")
        price = model.price_on(as_of)
        cells = (
            name,
            ", ".join((_offered_as(model, service, as_of), *model.also)),
            f"{model.context:,}" if model.context else "",
            f"{model.output:,}" if model.output else "",
            str(price.input) if price and price.input is not None else "",
            str(price.output) if price and price.output is not None else "",
            f"{model.ends}, then {model.then}" if model.then else str(model.ends or ""),
            "yes" if name in official else "",
        )
        yield f"| {' | '.join(cells)} |"


def _offered_as(model: Model, service: Service, as_of: date) -> str:
    if model.type not in {"llm"}:
        return model.type
    if service == "azure_openai":
        return "base model"
    if model.ends is not None and model.ends <= as_of:
        return "by name: ended"
    return "by name: for admitted customers" if model.gated else "listed"


def _official() -> Mapping[Service, list[str]]:
    written = yaml.safe_load(_OFFICIAL.read_text(encoding="utf-8"))
    openai, azure = written.values()
    return {"openai": openai, "azure_openai": azure}
