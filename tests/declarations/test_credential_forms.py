"""The credential forms: what people fill in, and what Dify makes of it."""

import re

import pytest
from graphon.model_runtime.entities.model_entities import ModelType
from graphon.model_runtime.entities.provider_entities import ModelCredentialSchema
from graphon.model_runtime.schema_validators.model_credential_schema_validator import (
    ModelCredentialSchemaValidator,
)

from tests.declarations.credential_forms import (
    AZURE_MODEL,
    OPENAI_MODEL,
    OPENAI_PROVIDER,
    Form,
    every_form,
)
from tests.declarations.declaration_files import (
    LANGUAGES,
    PROVIDERS,
    JsonObject,
    read_declaration,
)

# A host adds this to a model's form itself.
HOST_VALUES = {"__model_type": ["llm", "text-embedding", "speech2text", "tts"]}
# Daemons before 0.6.9 drop help texts: a field needs one only where its options or placeholder
# cannot say everything.
WITH_HELP = {
    "validate_model",
    "openai_api_version",
    "api_protocol",
    "enable_request_metadata",
    "request_metadata_user",
}


def values_of(field: JsonObject) -> list[str]:
    """The values that a select offers."""
    return [option["value"] for option in field.get("options", [])]


@every_form
def test_a_form_has_exactly_its_fields_in_order(form: Form) -> None:
    found = {
        field["variable"]: (
            field["type"],
            field["required"],
            field.get("default"),
            " ".join(values_of(field)),
        )
        for field in form.fields
    }
    assert list(found.items()) == list(form.facts.items())


def test_a_model_of_openai_takes_the_fields_of_the_provider() -> None:
    for field in OPENAI_MODEL.fields:
        assert field == OPENAI_PROVIDER.field(field["variable"])


@every_form
def test_every_field_is_complete(form: Form) -> None:
    for field in form.fields:
        if field["type"] == "select":
            values = values_of(field)
            assert len(values) == len(set(values)), field["variable"]
            assert field.get("default", values[0]) in values, field["variable"]
        else:
            assert "placeholder" in field, field["variable"]
            assert "options" not in field, field["variable"]


@every_form
def test_only_fields_that_need_it_carry_a_help_text(form: Form) -> None:
    helped = {field["variable"] for field in form.fields if "help" in field}
    assert helped == WITH_HELP & set(form.facts)


@pytest.mark.parametrize("language", LANGUAGES)
@every_form
def test_a_help_text_has_at_most_two_sentences(form: Form, language: str) -> None:
    for field in form.fields:
        text = field.get("help", {}).get(language, "")
        assert len(re.findall(r"[.!?](?= [A-Z]|$)|。", text)) <= 2, field["variable"]


@every_form
def test_every_condition_can_be_met(form: Form) -> None:
    choices = HOST_VALUES | {field["variable"]: values_of(field) for field in form.fields}
    for field in form.fields:
        for condition in field.get("show_on", []):
            assert condition["value"] in choices[condition["variable"]]
            if condition["variable"] not in HOST_VALUES:
                # An absent controller hides the field, so it must always be filled in.
                assert form.field(condition["variable"])["required"]
        for option in field.get("options", []):
            for condition in option.get("show_on", []):
                assert condition["value"] in choices[condition["variable"]]


def test_azure_shows_the_fields_of_the_chosen_sign_in() -> None:
    schema = read_declaration(PROVIDERS["azure_openai"])["model_credential_schema"]
    dify = ModelCredentialSchemaValidator(ModelType.LLM, ModelCredentialSchema(**schema))
    secrets = dict.fromkeys(("azure_client_id", "azure_tenant_id", "azure_client_secret"), "x")
    typed = {"openai_api_base": "https://x.invalid", "openai_api_key": "key", **secrets}
    defaults = {
        "openai_api_version": "2025-04-01-preview",
        "api_protocol": "auto",
        "enable_request_metadata": "disabled",
        "request_metadata_user": "none",
    }
    for method, kept in (
        ("api_key", {"openai_api_key": "key"}),
        ("entra_id_service_principal", secrets),
    ):
        chosen = {"auth_method": method}
        stored = dify.validate_and_filter({**typed, **chosen})
        shown = {"openai_api_base": "https://x.invalid", **chosen, **kept, **defaults}
        assert {key: stored[key] for key in stored if not key.startswith("__")} == shown
    with pytest.raises(ValueError, match="auth_method is required"):
        dify.validate_and_filter(typed)


# What the select of langgenius/azure_openai 0.0.67 offers: a saved value must stay one.
OFFICIAL = """
gpt-5 gpt-5-mini gpt-5-nano gpt-5-chat gpt-5-pro gpt-5.1 gpt-5.1-chat gpt-5.1-codex
gpt-5.1-codex-mini gpt-5.1-codex-max gpt-5.2 gpt-5.2-chat gpt-5.2-codex gpt-5.3-chat gpt-5.3-codex
gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.4-pro gpt-5.5 gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna
gpt-35-turbo gpt-35-turbo-0125 gpt-35-turbo-16k gpt-4 gpt-4-32k gpt-4.5-preview o3-mini o3 o4-mini
o1-mini o1-preview o1 gpt-4o-mini gpt-4o-mini-2024-07-18 gpt-4o gpt-4o-2024-05-13
gpt-4o-2024-08-06 gpt-4.1 gpt-4.1-mini gpt-4.1-nano gpt-4-turbo gpt-4-turbo-2024-04-09
gpt-4o-2024-11-20 gpt-4-0125-preview gpt-4-1106-preview gpt-4-vision-preview gpt-35-turbo-instruct
grok-3 grok-3-mini text-embedding-ada-002 text-embedding-3-small text-embedding-3-large whisper-1
gpt-4o-transcribe gpt-4o-mini-transcribe gpt-4o-transcribe-diarize tts-1 tts-1-hd gpt-4o-mini-tts
""".split()  # noqa: SIM905 - a table of words
OFFICIAL_VERSIONS = """
2025-04-01-preview 2025-03-01-preview 2025-02-01-preview 2025-01-01-preview 2024-12-01-preview
2024-10-01-preview 2024-09-01-preview 2024-08-01-preview 2024-07-01-preview 2024-05-01-preview
2024-04-01-preview 2024-03-01-preview 2024-02-15-preview 2023-12-01-preview 2024-02-01 2024-06-01
2024-10-21
""".split()  # noqa: SIM905 - a table of words
# What a host takes (langgenius/dify-plugin-daemon, plugin_declaration.go).
MOST_OPTIONS, MOST_FIELDS = 128, 32


def test_a_base_model_can_be_chosen_before_the_model_type_and_taken_back() -> None:
    options = AZURE_MODEL.field("base_model_name")["options"]
    assert options[0]["value"] == "not_listed"
    assert not any("show_on" in option for option in options)
    assert len(options) <= MOST_OPTIONS
    assert all(len(form.fields) <= MOST_FIELDS for form in (AZURE_MODEL, OPENAI_PROVIDER))


def test_what_was_saved_with_the_official_plugin_is_taken() -> None:
    assert len(OFFICIAL) == 62
    assert len(OFFICIAL_VERSIONS) == 17
    schema = read_declaration(PROVIDERS["azure_openai"])["model_credential_schema"]
    dify = ModelCredentialSchemaValidator(ModelType.LLM, ModelCredentialSchema(**schema))
    common = {"openai_api_base": "https://x.invalid", "openai_api_key": "key"}
    saved = [{"base_model_name": name} for name in OFFICIAL]
    saved += [{"openai_api_version": version} for version in OFFICIAL_VERSIONS]
    for values in saved:
        stored = dify.validate_and_filter({**common, "auth_method": "api_key", **values})
        assert values.items() <= stored.items()
