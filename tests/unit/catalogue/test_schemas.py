"""Which schema a name gets, and that nobody who uses one changes it for others."""

from typing import Any

from dify_plugin.entities.model import AIModelEntity, FetchFrom, ModelPropertyKey

from models.catalogue.schemas import parameters_of, schema_of
from models.llm.azure_openai_llm import AzureOpenAILargeLanguageModel
from models.llm.openai_llm import OpenAILargeLanguageModel

LIKE = {
    "gpt-4.1-2025-04-14": "gpt-4.1",
    "openai/gpt-5-mini": "gpt-5-mini",
    "ft:gpt-4o-2024-08-06:acme::abc": "gpt-4o",
    "gpt-6.3-sol": "gpt-6.2-sol",
    "gpt-7-luna": "gpt-6-luna",
    "llama-4": "mistral",
}


def facts(schema: AIModelEntity) -> dict[str, Any]:
    """What a schema says apart from whose it is and what it costs."""
    return schema.model_dump(exclude={"model", "label", "pricing"})


def test_a_name_has_the_form_of_the_model_that_it_stands_for() -> None:
    for name, model in LIKE.items():
        described = schema_of(model, model, "openai")
        for schema, called in (
            (schema_of(name, name, "openai"), name),
            (schema_of("mine", name, "azure_openai"), "mine"),
        ):
            assert facts(schema) == facts(described)
            assert schema.model == schema.label.en_us == called
            assert schema.fetch_from is FetchFrom.CUSTOMIZABLE_MODEL


def test_a_fine_tune_has_the_whole_context_of_its_model() -> None:
    schema = schema_of("ft:gpt-4.1-mini:acme::abc", "ft:gpt-4.1-mini:acme::abc", "openai")
    assert schema.model_properties[ModelPropertyKey.CONTEXT_SIZE] == 1_047_576


def test_a_deployment_may_bear_the_name_of_another_model() -> None:
    azure = AzureOpenAILargeLanguageModel([])
    for base, called in (("gpt-4.1", "gpt-4.1"), ("not_listed", "o3"), ("", "o3")):
        schema = azure.get_model_schema("o3", {"base_model_name": base})
        assert schema is not None
        assert facts(schema) == facts(schema_of(called, called, "azure_openai"))


def test_a_language_model_is_one_whatever_its_deployment_was_saved_as() -> None:
    unknown = facts(schema_of("llama-4", "llama-4", "openai"))
    for base in ("gpt-35-turbo-instruct", "text-davinci-003", "whisper", "text-embedding-3-large"):
        assert facts(schema_of("mine", base, "azure_openai")) == unknown


def test_a_schema_is_made_once_and_nobody_changes_another() -> None:
    openai = OpenAILargeLanguageModel([])
    one, other = (openai.get_model_schema("llama-4", {"openai_api_key": "key"}) for _ in range(2))
    assert one is not None
    assert other is not None
    one.pricing, one.model = None, "changed"
    assert (other.model, one is other) == ("llama-4", False)
    assert one.parameter_rules[0] is other.parameter_rules[0]


def test_what_has_no_field_in_the_form_is_a_parameter_all_the_same() -> None:
    schema = schema_of("gpt-6-luna", "gpt-6-luna", "openai")
    shown = {rule.name for rule in schema.parameter_rules}
    every = {rule.name for rule in parameters_of("gpt-6-luna", "openai")}
    assert shown < every
    assert {"tool_choice", "reasoning_mode", "enable_stream"} <= every - shown


def test_a_schema_survives_the_way_to_the_host() -> None:
    for name in ("gpt-6-luna", "gpt-4o", "o3", "gpt-audio-1.5", "llama-4"):
        schema = schema_of(name, name, "openai")
        assert AIModelEntity(**schema.model_dump(mode="json")) == schema
