"""The model files: named after their model, true to the service, loaded as they are meant."""

from decimal import Decimal

from dify_plugin.entities.model import ParameterRule, ParameterType

from tests.declarations.declaration_files import (
    MODEL_FOLDERS,
    Json,
    load_model,
    model_files,
    read_declaration,
)
from tests.declarations.model_parameters import PARAMETERS

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
FEATURES = ["stream-tool-call", "agent-thought", "vision", "structured-output", "document"]
ONE_TOOL_AT_A_TIME = "openai/o3"
TYPES: dict[ParameterType, tuple[type, ...]] = {
    ParameterType.FLOAT: (float, int),
    ParameterType.INT: (int,),
    ParameterType.STRING: (str,),
    ParameterType.TEXT: (str,),
    ParameterType.BOOLEAN: (bool,),
}


def without_texts(node: Json) -> Json:
    """Copy `node` without the texts people read, so that the facts can be compared with `==`."""
    if isinstance(node, list):
        return [without_texts(value) for value in node]
    if not isinstance(node, dict):
        return node
    return {
        key: without_texts(value) for key, value in node.items() if key not in ("label", "help")
    }


def test_a_model_says_what_it_is_and_what_it_can_do() -> None:
    assert set(model_files()) == set(CONTEXT_SIZES)
    for key, path in model_files().items():
        model = read_declaration(path)
        model.pop("parameter_rules")
        generic = path.parent.name == "generic"
        # Nobody knows the price of a model that nobody described.
        price = {} if generic else dict(zip(("input", "output"), PRICES[path.stem], strict=True))
        tools = "tool-call" if key == ONE_TOOL_AT_A_TIME else "multi-tool-call"
        # A deployment is always a custom model, whatever model is behind it.
        own = "predefined-model" if path.parent.name == "openai" else "customizable-model"
        assert model == {
            "model": path.stem,
            "label": {"en_US": path.stem},
            "model_type": "llm",
            "features": [tools, *FEATURES],
            "fetch_from": own,
            "model_properties": {"mode": "chat", "context_size": CONTEXT_SIZES[key]},
            **({"pricing": {**price, "unit": "0.000001", "currency": "USD"}} if price else {}),
        }, key
        if pricing := load_model(path).pricing:
            assert pricing.output == Decimal(price["output"]) > pricing.input > 0, key


def test_a_model_offers_exactly_its_parameters() -> None:
    offered = {
        key: without_texts(read_declaration(path)["parameter_rules"])
        for key, path in model_files().items()
    }
    assert offered == PARAMETERS


def test_every_rule_can_be_read_by_every_reader() -> None:
    for key, path in model_files().items():
        declared = read_declaration(path)["parameter_rules"]
        for written, rule in zip(declared, load_model(path).parameter_rules, strict=True):
            assert {"label", "help", "required"} <= set(written), (key, rule.name)
            # The readers' templates of a JSON schema differ in its type: its rule states both.
            origins = {"use_template", "type"} & set(written)
            assert len(origins) == (2 if rule.name == "json_schema" else 1), (key, rule.name)
            assert rule.use_template in (None, rule.name)
            assert default_fits(rule), (key, rule.name)
            # What is written wins over the template.
            for name in ("default", "min", "max", "precision", "options"):
                assert getattr(rule, name) == written.get(name, getattr(rule, name))
            assert rule.label.to_dict() == written["label"]
            assert rule.help is not None
            assert rule.help.to_dict() == written["help"]


def test_switching_a_parameter_on_changes_nothing_by_itself() -> None:
    for key, path in model_files().items():
        for rule in load_model(path).parameter_rules:
            if rule.options:
                assert rule.default in {"text", "auto", "medium", "standard"}, (key, rule.name)
            if rule.name == "parallel_tool_calls":
                assert rule.default is True, key
            if rule.name in {"temperature", "top_p"}:
                assert rule.default == 1, key
            if rule.name in {"max_tokens", "max_completion_tokens"}:
                # Enough for an answer, also after reasoning, and no more than a form can show.
                assert rule.default in {4096, 8192}, key


def default_fits(rule: ParameterRule) -> bool:
    """Say whether a default, where there is one, is a value that the rule itself allows."""
    if rule.default is None:
        return True
    if type(rule.default) not in TYPES[rule.type]:
        return False
    if rule.options:
        return rule.default in rule.options
    return rule.min is None or rule.max is None or rule.min <= rule.default <= rule.max


def test_a_parameter_reads_the_same_on_every_model() -> None:
    texts: dict[tuple[str, ...], Json] = {}
    for key, path in model_files().items():
        for rule in read_declaration(path)["parameter_rules"]:
            # The help of the service tiers explains the tiers that the model has.
            tiers = rule["options"] if rule["name"] == "service_tier" else []
            shown = {"label": rule["label"], "help": rule["help"]}
            assert texts.setdefault((rule["name"], *tiers), shown) == shown, key


def test_the_position_file_lists_every_model_once() -> None:
    position = read_declaration(MODEL_FOLDERS["openai"] / "_position.yaml")
    assert position == ["gpt-5.6", "gpt-5", "gpt-4.1", "gpt-4o-mini", "o3"]
    assert sorted(position) == sorted(path.stem for path in model_files("openai").values())
