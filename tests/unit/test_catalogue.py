"""Which schema a name gets, and that nobody who uses one changes it for others."""

from pathlib import Path
from typing import Any

import yaml
from dify_plugin.entities.model import AIModelEntity, FetchFrom

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
REASONING_NAMES = ("o4-mini", "gpt-5-mini", "gpt-5.7", "o3-pro", "ft:o4-mini:acme::abc")


def facts(schema: AIModelEntity) -> dict[str, Any]:
    """What a schema says apart from whose it is."""
    return schema.model_dump(exclude={"model", "label", "fetch_from"})


def assert_stands_for(schema: AIModelEntity, described: AIModelEntity, name: str) -> None:
    assert facts(schema) == facts(described)
    assert schema.model == schema.label.en_us == name
    assert schema.fetch_from is FetchFrom.CUSTOMIZABLE_MODEL


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
        name = {"plain": "llama-4", "reasoning": "o4-mini"}.get(base, base)
        completed = azure.get_model_schema("mine", {"base_model_name": name})
        assert completed is not None
        assert_stands_for(completed, fresh, "mine")
        assert_stands_for(azure_schema("mine", name), fresh, "mine")


def test_a_schema_survives_the_way_to_the_host() -> None:
    for schema in [*PREDEFINED, *AZURE_BASE_MODELS.values(), *GENERIC.values()]:
        assert AIModelEntity(**schema.model_dump(mode="json")) == schema
