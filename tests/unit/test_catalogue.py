"""Which schema a name gets, and that nobody who uses one changes it for others."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dify_plugin.entities.model import AIModelEntity, FetchFrom, ModelPropertyKey

from models.catalogue import azure_schema, openai_schema
from models.llm.azure_openai_llm import AzureOpenAILargeLanguageModel
from models.llm.openai_llm import OpenAILargeLanguageModel

FOLDER = Path(__file__).parents[2] / "models/llm"


def read(folder: str) -> dict[str, AIModelEntity]:
    """Read the schemas of a folder afresh."""
    files = (path for path in (FOLDER / folder).glob("*.yaml") if path.stem != "_position")
    schemas = [AIModelEntity(**yaml.safe_load(path.read_text("utf-8"))) for path in files]
    return {schema.model: schema for schema in schemas}


PREDEFINED = list(read("openai").values())
AZURE_BASE_MODELS = read("azure_openai")
GENERIC = read("generic")
PLAIN_NAMES = ("llama-4", "gpt-4o", "chat-latest", "my-gpt-5", "ft:", "ft:llama-4:acme::abc")
REASONING_NAMES = ("o1", "gpt-5.1-chat", "gpt-5.7", "openai/o3-pro", "ft:o1:acme::abc")
# name: the model whose form it has, and USD for a million tokens, None where nobody knows
NAMES: dict[str, tuple[str, tuple[str, str] | None]] = {
    "gpt-4.1-2025-04-14": ("gpt-4.1", ("2.00", "8.00")),
    "gpt-5-2025-08-07": ("gpt-5", ("1.25", "10.00")),
    "o3-2025-04-16": ("o3", ("2.00", "8.00")),
    "gpt-4.1-mini": ("gpt-4.1", ("0.40", "1.60")),
    "gpt-4.1-nano-2025-04-14": ("gpt-4.1", ("0.10", "0.40")),
    "gpt-5-mini-2025-08-07": ("gpt-5", ("0.25", "2.00")),
    "openai/gpt-5-mini": ("gpt-5", ("0.25", "2.00")),
    "azure/o4-mini": ("o3", ("1.10", "4.40")),
    "openrouter/openai/gpt-5": ("gpt-5", ("1.25", "10.00")),
    "openai/gpt-5:online": ("gpt-5", ("1.25", "10.00")),
    "ft:gpt-4.1-2025-04-14:acme::abc": ("gpt-4.1", ("3.00", "12.00")),
    "ft:gpt-4.1-mini-2025-04-14:acme:mine:abc": ("gpt-4.1", ("0.80", "3.20")),
    "ft:gpt-4.1-mini:acme::abc": ("gpt-4.1", ("0.80", "3.20")),
    "ft:gpt-4.1-nano-2025-04-14:acme::abc:ckpt-step-90": ("gpt-4.1", ("0.20", "0.80")),
    "ft:gpt-4o-mini-2024-07-18:acme::abc": ("gpt-4o-mini", ("0.30", "1.20")),
    "ft:o4-mini-2025-04-16:acme::abc": ("o3", ("4.00", "16.00")),
    "openai/ft:gpt-4.1-2025-04-14:acme::abc": ("gpt-4.1", ("3.00", "12.00")),
    "ft:gpt-5-2025-08-07:acme::abc": ("gpt-5", None),
}


def facts(schema: AIModelEntity) -> dict[str, Any]:
    """What a schema says apart from whose it is and what it costs."""
    return schema.model_dump(exclude={"model", "label", "fetch_from", "pricing"})


def assert_stands_for(schema: AIModelEntity, described: AIModelEntity, name: str) -> None:
    assert facts(schema) == facts(described)
    assert schema.model == schema.label.en_us == name
    assert schema.fetch_from is FetchFrom.CUSTOMIZABLE_MODEL


def price(schema: AIModelEntity) -> tuple[str, str] | None:
    cost = schema.pricing
    return None if cost is None else (str(cost.input), str(cost.output))


@pytest.mark.parametrize("name", NAMES)
def test_a_snapshot_a_fine_tune_and_a_gateways_name_have_their_models_form_and_their_own_price(
    name: str,
) -> None:
    model, cost = NAMES[name]
    for schema, described, called in (
        (openai_schema(name, PREDEFINED), {each.model: each for each in PREDEFINED}, name),
        (azure_schema("mine", name), AZURE_BASE_MODELS, "mine"),
    ):
        assert_stands_for(schema, described[model], called)
        assert price(schema) == cost


def test_a_fine_tune_of_the_placeholders_model_has_its_whole_context() -> None:
    schema = openai_schema("ft:gpt-4.1-mini-2025-04-14:acme::abc", PREDEFINED)
    assert schema.model_properties[ModelPropertyKey.CONTEXT_SIZE] == 1_047_576


def test_a_fine_tune_that_nobody_described_has_its_own_price_as_well() -> None:
    schema = openai_schema("ft:gpt-4o-2024-08-06:acme::abc", PREDEFINED)
    assert_stands_for(schema, GENERIC["plain"], schema.model)
    assert price(schema) == ("3.75", "15.00")
    assert price(openai_schema("gpt-4o", PREDEFINED)) is None


def test_a_deployment_may_bear_the_name_of_another_model() -> None:
    assert_stands_for(azure_schema("o3", "gpt-4.1"), AZURE_BASE_MODELS["gpt-4.1"], "o3")


def test_any_other_name_gets_what_its_family_has() -> None:
    for kind, names in (("plain", PLAIN_NAMES), ("reasoning", REASONING_NAMES)):
        for name in names:
            assert_stands_for(openai_schema(name, PREDEFINED), GENERIC[kind], name)
            assert_stands_for(azure_schema("mine", name), GENERIC[kind], "mine")


def test_the_generic_schemas_differ_in_what_only_one_kind_takes() -> None:
    names = {kind: {rule.name for rule in GENERIC[kind].parameter_rules} for kind in GENERIC}
    assert names["plain"] - names["reasoning"] == {"temperature", "top_p"}
    assert names["reasoning"] - names["plain"] == {
        "reasoning_effort",
        "reasoning_summary",
        "verbosity",
    }


def test_a_schema_is_read_once_and_shared() -> None:
    for one, other in (
        (azure_schema("mine", "gpt-5"), azure_schema("yours", "gpt-5")),
        (azure_schema("mine", "llama-4"), openai_schema("mistral", PREDEFINED)),
    ):
        assert one is not other
        assert all(
            rule is same
            for rule, same in zip(one.parameter_rules, other.parameter_rules, strict=True)
        )


def test_a_fine_tune_or_a_deployment_is_what_its_base_model_is_and_changes_nothing() -> None:
    openai = OpenAILargeLanguageModel(PREDEFINED)
    azure = AzureOpenAILargeLanguageModel([])
    for schema in PREDEFINED:
        before = schema.model_dump()
        name = f"ft:{schema.model}:acme::abc"
        completed = openai.get_model_schema(name, {"openai_api_key": "key"})
        assert completed is not None
        assert_stands_for(completed, schema, name)
        assert schema.model_dump() == before
    for base, fresh in (AZURE_BASE_MODELS | GENERIC).items():
        name = {"plain": "llama-4", "reasoning": "o1"}.get(base, base)
        completed = azure.get_model_schema("mine", {"base_model_name": name})
        assert completed is not None
        assert_stands_for(completed, fresh, "mine")
        assert_stands_for(azure_schema("mine", name), fresh, "mine")


def test_a_schema_survives_the_way_to_the_host() -> None:
    for schema in [*PREDEFINED, *AZURE_BASE_MODELS.values(), *GENERIC.values()]:
        assert AIModelEntity(**schema.model_dump(mode="json")) == schema
