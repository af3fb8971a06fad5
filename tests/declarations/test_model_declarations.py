"""The model files: named after their model, true to the service, understood by every reader."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.declarations.declaration_files import (
    MODEL_FOLDERS,
    PROVIDERS,
    ROOT,
    Json,
    JsonObject,
    model_files,
    read_declaration,
    without_translations,
)
from tests.declarations.model_parameters import PARAMETERS

FILES = [pytest.param(path, id=str(path.relative_to(ROOT))) for path in model_files()]
PRICED = model_files(*PROVIDERS)
every_model = pytest.mark.parametrize("path", FILES)

MODEL_KEYS = {
    "model",
    "label",
    "model_type",
    "features",
    "fetch_from",
    "model_properties",
    "parameter_rules",
    "pricing",
}
TEMPLATES = {
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "max_tokens",
    "json_schema",
}
TYPES: dict[str, tuple[type, ...]] = {
    "float": (float, int),
    "int": (int,),
    "string": (str,),
    "text": (str,),
    "boolean": (bool,),
}

# USD for a million tokens: input, output.
PRICES = {
    "gpt-5.6": ("4.00", "20.00"),
    "gpt-5.6-sol": ("5.00", "30.00"),
    "gpt-5": ("1.25", "10.00"),
    "gpt-4.1": ("2.00", "8.00"),
    "gpt-4o-mini": ("0.15", "0.60"),
    "o3": ("2.00", "8.00"),
}
CONTEXT_SIZES = {
    "openai/gpt-5.6": 1_050_000,
    "openai/gpt-5": 400_000,
    "openai/gpt-4.1": 1_047_576,
    "openai/gpt-4o-mini": 128_000,
    "openai/o3": 200_000,
    "azure_openai/gpt-5.6-sol": 1_050_000,
    "azure_openai/gpt-5": 272_000,
    "azure_openai/gpt-4.1": 1_047_576,
    "azure_openai/gpt-4o-mini": 128_000,
    "azure_openai/o3": 200_000,
    "generic/plain": 128_000,
    "generic/reasoning": 128_000,
}

# None says `audio`, `video` or `polling`: no model here has them.
FEATURES = [
    "multi-tool-call",
    "stream-tool-call",
    "agent-thought",
    "vision",
    "structured-output",
    "document",
]
ONE_TOOL_AT_A_TIME = "openai/o3"
GENERIC = {"generic/plain", "generic/reasoning"}


def key_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_the_models_are_the_ones_listed_here() -> None:
    files = {key_of(path) for path in model_files()}
    assert files == set(PARAMETERS) == set(CONTEXT_SIZES)


@every_model
def test_a_model_says_what_it_is(path: Path) -> None:
    model = read_declaration(path)
    # Nobody knows the price of a model that nobody described.
    assert set(model) == MODEL_KEYS - ({"pricing"} if key_of(path) in GENERIC else set())
    facts = {key: model[key] for key in set(model) - {"features", "parameter_rules", "pricing"}}
    # A deployment is always a custom model, whatever model is behind it.
    own = "predefined-model" if path.parent.name == "openai" else "customizable-model"
    assert facts == {
        "model": path.stem,
        "label": {"en_US": path.stem},
        "model_type": "llm",
        "fetch_from": own,
        "model_properties": {"mode": "chat", "context_size": CONTEXT_SIZES[key_of(path)]},
    }


@every_model
def test_a_model_says_what_it_can_do(path: Path) -> None:
    tools = "tool-call" if key_of(path) == ONE_TOOL_AT_A_TIME else "multi-tool-call"
    assert read_declaration(path)["features"] == [tools, *FEATURES[1:]]


@every_model
def test_a_model_offers_exactly_its_parameters(path: Path) -> None:
    rules = read_declaration(path)["parameter_rules"]
    assert without_translations(rules) == PARAMETERS[key_of(path)]


@every_model
def test_every_rule_can_be_read_by_every_reader(path: Path) -> None:
    for rule in read_declaration(path)["parameter_rules"]:
        assert {"name", "label", "help", "required"} <= set(rule), rule["name"]
        # The readers' templates of a JSON schema differ in its type: its rule states both.
        origins = {"use_template", "type"} & set(rule)
        assert len(origins) == (2 if rule["name"] == "json_schema" else 1), rule["name"]
        assert rule.get("use_template", rule["name"]) == rule["name"]
        assert rule.get("use_template", "temperature") in TEMPLATES
        assert default_fits(rule), rule["name"]


def default_fits(rule: JsonObject) -> bool:
    """Say whether a default, where there is one, is a value that the rule itself allows."""
    default: Json = rule.get("default")
    if default is None:
        return True
    if "type" in rule and type(default) not in TYPES[rule["type"]]:
        return False
    if "options" in rule:
        return default in rule["options"]
    return "min" not in rule or rule["min"] <= default <= rule["max"]


@pytest.mark.parametrize("path", PRICED, ids=lambda path: str(path.relative_to(ROOT)))
def test_prices_are_exact_decimals(path: Path) -> None:
    pricing = read_declaration(path)["pricing"]
    price = dict(zip(("input", "output"), PRICES[path.stem], strict=True))
    assert pricing == price | {"unit": "0.000001", "currency": "USD"}
    assert all(Decimal(pricing[key]) > 0 for key in ("input", "output", "unit"))


def test_a_parameter_reads_the_same_on_every_model() -> None:
    texts: dict[tuple[str, ...], JsonObject] = {}
    for path in model_files():
        for rule in read_declaration(path)["parameter_rules"]:
            # The help of the service tiers explains the tiers that the model has.
            tiers = rule["options"] if rule["name"] == "service_tier" else []
            shown = {"label": rule["label"], "help": rule["help"]}
            assert texts.setdefault((rule["name"], *tiers), shown) == shown, path.name


def test_the_position_file_lists_every_model_once() -> None:
    position = read_declaration(MODEL_FOLDERS["openai"] / "_position.yaml")
    assert position == ["gpt-5.6", "gpt-5", "gpt-4.1", "gpt-4o-mini", "o3"]
    assert sorted(position) == sorted(path.stem for path in model_files("openai"))
