"""The YAML of one predefined model.

Sources: the daemon's `plugin_entities/model_declaration.go` (limits), the SDK's
`entities/model/schema.py` (what must be there, which keys and features exist), graphon's
`entities/model_entities.py`.
"""

import re

from tools.package.check.fields import Field
from tools.package.check.parameter_rules import check_parameter_rules
from tools.package.check.translations import check_translations
from tools.package.check.values import shown

_CHARACTERS = 255
_MOST_FEATURES = 256
_MOST_TOKENS = 2**53
_FETCH = ("predefined-model", "customizable-model")
_MODES = ("chat", "completion")
_DECIMAL = re.compile(r"\d+(\.\d+)?", re.ASCII)
_PRICE = 'a decimal in quotes such as "0.50"'
# fmt: off
FEATURES = (
    "tool-call", "multi-tool-call", "agent-thought", "vision", "stream-tool-call", "document",
    "video", "audio", "structured-output", "polling",
)
PROPERTIES = (
    "mode", "context_size", "max_chunks", "file_upload_limit", "supported_file_extensions",
    "max_characters_per_chunk", "default_voice", "voices", "word_limit", "audio_type",
    "max_workers",
)
# fmt: on


def check_model(model: Field, expected: str, polling: bool) -> str | None:
    """Check the file of a model of the type `expected` and return the model's name.

    `polling`: whether every Dify that may install the package knows that feature.
    """
    name = model.required("model", "the model's name").text(_CHARACTERS)
    check_translations(model.optional("label"))
    model_type = model.required("model_type", expected)
    written = model_type.text(_CHARACTERS)
    if written is not None and written != expected:
        rule = f"{shown(written)} stands in a list of {expected} models"
        model_type.problem(rule, f"write {expected} or list the file elsewhere")
    _check_features(model.optional("features"), polling)
    _check_fetch(model.not_null("fetch_from"))
    model.not_null("deprecated").flag()
    _check_properties(model.required("model_properties", "mode and context_size"), expected)
    check_parameter_rules(model)
    _check_pricing(model.optional("pricing"))
    return name


def _check_features(features: Field, polling: bool) -> None:
    for feature in features.items(_MOST_FEATURES):
        if feature.one_of(FEATURES) == "polling" and not polling:
            rule = "polling breaks the list of providers in a Dify before 1.15.0"
            feature.problem(rule, "leave it out or set meta.minimum_dify_version to 1.15.0")


def _check_fetch(fetch_from: Field) -> None:
    if fetch_from.one_of(_FETCH) == "customizable-model":
        fetch_from.warning("does not fit a listed model", "write predefined-model")


def _check_properties(properties: Field, expected: str) -> None:
    if not properties.mapping():
        return
    for key in properties.value:
        if key not in PROPERTIES:
            rule = f"has the key {shown(key)}, which the SDK and Dify refuse"
            properties.problem(rule, f"write only {', '.join(PROPERTIES)}")
    if expected == "llm":
        properties.optional("mode").one_of(_MODES)
        properties.optional("context_size").integer(1, _MOST_TOKENS)


def _check_pricing(pricing: Field) -> None:
    for key in ("input", "unit"):
        _check_decimal(pricing.required(key, _PRICE))
    _check_decimal(pricing.optional("output"))
    pricing.required("currency", "USD").text(_CHARACTERS)


def _check_decimal(price: Field) -> None:
    """Check a price; a number without quotes is one too, though a float may not be exact."""
    if isinstance(price.value, str):
        if not _DECIMAL.fullmatch(price.value):
            price.problem(f"{shown(price.value)} is no decimal", f"write {_PRICE}")
    else:
        number = price.number()
        if number is not None and not 0 <= number < _MOST_TOKENS:
            price.problem(f"{shown(number)} is no price", f"write {_PRICE}")
