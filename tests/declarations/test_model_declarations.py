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

FILES = [
    pytest.param(path, id=str(path.relative_to(ROOT)))
    for provider in PROVIDERS
    for path in model_files(provider)
]
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
TEMPLATES = {"temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens"}
TYPES: dict[str, tuple[type, ...]] = {
    "float": (float, int),
    "int": (int,),
    "string": (str,),
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
}


def sampling(ranges: dict[str, tuple[float, float]], defaults: bool) -> list[JsonObject]:
    """The four sampling rules; Azure's state their defaults, OpenAI's take the template's."""
    rules: list[JsonObject] = []
    for name, (low, high) in ranges.items():
        rule = {"name": name, "use_template": name, "required": False}
        default = {"default": 1.0 if name == "top_p" else 0.0} if defaults else {}
        rules.append(rule | default | {"min": low, "max": high, "precision": 2})
    return rules


def token_limit(name: str, default: int, most: int) -> JsonObject:
    kind = {"use_template": name} if name == "max_tokens" else {"type": "int"}
    rule = {"name": name, "required": False, "default": default, "min": 1, "max": most}
    return rule | kind | {"precision": 0}


def choice(name: str, options: str, default: str | None) -> JsonObject:
    rule = {"name": name, "type": "string", "required": False, "options": options.split()}
    return rule | ({} if default is None else {"default": default})


OPENAI_SAMPLING = sampling(
    {
        "temperature": (0.0, 2.0),
        "top_p": (0.0, 1.0),
        "presence_penalty": (-2.0, 2.0),
        "frequency_penalty": (-2.0, 2.0),
    },
    defaults=False,
)
AZURE_SAMPLING = sampling(
    dict.fromkeys(("temperature", "top_p", "presence_penalty", "frequency_penalty"), (0.0, 1.0)),
    defaults=True,
)
SEED = {
    "name": "seed",
    "type": "int",
    "required": False,
    "min": 0,
    "max": 2**31 - 1,
    "precision": 0,
}
STREAM = {"name": "enable_stream", "type": "boolean", "required": True, "default": True}
VERBOSITY = choice("verbosity", "low medium high", "medium")
SHORT_TIERS = choice("service_tier", "auto default priority", "auto")
ALL_TIERS = choice("service_tier", "auto default flex priority", "auto")
EFFORTS = "none low medium high xhigh max"

PARAMETERS: dict[str, list[JsonObject]] = {
    "openai/gpt-5.6": [
        token_limit("max_tokens", 8192, 128_000),
        choice("reasoning_effort", EFFORTS, "medium"),
        VERBOSITY,
        ALL_TIERS,
        STREAM,
    ],
    "openai/gpt-5": [
        token_limit("max_tokens", 8192, 128_000),
        choice("reasoning_effort", "minimal low medium high", "medium"),
        VERBOSITY,
        ALL_TIERS,
        STREAM,
    ],
    "openai/gpt-4.1": [*OPENAI_SAMPLING, token_limit("max_tokens", 512, 32_768), SHORT_TIERS],
    "openai/gpt-4o-mini": [*OPENAI_SAMPLING, token_limit("max_tokens", 512, 16_384), SHORT_TIERS],
    "openai/o3": [
        token_limit("max_tokens", 100_000, 100_000),
        choice("reasoning_effort", "low medium high", None),
        ALL_TIERS,
        STREAM,
    ],
    "azure_openai/gpt-5.6-sol": [
        token_limit("max_completion_tokens", 4096, 128_000),
        choice("reasoning_effort", EFFORTS, "none"),
        VERBOSITY,
    ],
    "azure_openai/gpt-5": [
        token_limit("max_completion_tokens", 4096, 128_000),
        choice("reasoning_effort", "minimal low medium high", None),
        VERBOSITY,
    ],
    "azure_openai/gpt-4.1": [*AZURE_SAMPLING, token_limit("max_tokens", 512, 32_768), SEED],
    "azure_openai/gpt-4o-mini": [*AZURE_SAMPLING, token_limit("max_tokens", 512, 16_384), SEED],
    "azure_openai/o3": [
        token_limit("max_completion_tokens", 512, 100_000),
        choice("reasoning_effort", "low medium high", None),
    ],
}


def key_of(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_the_models_are_the_ones_listed_here() -> None:
    files = {key_of(path) for provider in PROVIDERS for path in model_files(provider)}
    assert files == set(PARAMETERS) == set(CONTEXT_SIZES)


@every_model
def test_a_model_says_what_it_is(path: Path) -> None:
    model = read_declaration(path)
    assert set(model) == MODEL_KEYS
    facts = {key: model[key] for key in MODEL_KEYS - {"parameter_rules"}}
    # A deployment is always a custom model, whatever model is behind it.
    own = "predefined-model" if path.parent.name == "openai" else "customizable-model"
    price = PRICES[path.stem]
    assert facts == {
        "model": path.stem,
        "label": {"en_US": path.stem},
        "model_type": "llm",
        "features": ["agent-thought"],
        "fetch_from": own,
        "model_properties": {"mode": "chat", "context_size": CONTEXT_SIZES[key_of(path)]},
        "pricing": {
            "input": price[0],
            "output": price[1],
            "unit": "0.000001",
            "currency": "USD",
        },
    }


@every_model
def test_a_model_offers_exactly_its_parameters(path: Path) -> None:
    rules = read_declaration(path)["parameter_rules"]
    assert without_translations(rules) == PARAMETERS[key_of(path)]


@every_model
def test_every_rule_can_be_read_by_every_reader(path: Path) -> None:
    for rule in read_declaration(path)["parameter_rules"]:
        assert {"name", "label", "help", "required"} <= set(rule), rule["name"]
        assert ("use_template" in rule) != ("type" in rule), rule["name"]
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


@every_model
def test_prices_are_exact_decimals(path: Path) -> None:
    pricing = read_declaration(path)["pricing"]
    assert all(Decimal(pricing[key]) > 0 for key in ("input", "output", "unit"))


def test_a_parameter_reads_the_same_on_every_model() -> None:
    texts: dict[tuple[str, ...], JsonObject] = {}
    for provider in PROVIDERS:
        for path in model_files(provider):
            for rule in read_declaration(path)["parameter_rules"]:
                # The help of the service tiers explains the tiers that the model has.
                tiers = rule["options"] if rule["name"] == "service_tier" else []
                shown = {"label": rule["label"], "help": rule["help"]}
                assert texts.setdefault((rule["name"], *tiers), shown) == shown, path.name


def test_the_position_file_lists_every_model_once() -> None:
    position = read_declaration(MODEL_FOLDERS["openai"] / "_position.yaml")
    assert position == ["gpt-5.6", "gpt-5", "gpt-4.1", "gpt-4o-mini", "o3"]
    assert sorted(position) == sorted(path.stem for path in model_files("openai"))
