"""The credential forms: what people fill in, and what Dify makes of it."""

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
    PROVIDERS,
    JsonObject,
    model_files,
    read_declaration,
)

# A host adds this to a model's form itself.
HOST_VALUES = {"__model_type": ["llm"]}
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


@every_form
def test_every_condition_can_be_met(form: Form) -> None:
    choices = HOST_VALUES | {field["variable"]: values_of(field) for field in form.fields}
    for field in form.fields:
        for condition in field.get("show_on", []):
            assert condition["value"] in choices[condition["variable"]]
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


def test_every_base_model_of_azure_has_its_file_and_its_model_type() -> None:
    options = AZURE_MODEL.field("base_model_name")["options"]
    files = {path.stem for path in model_files("azure_openai").values()}
    assert {option["value"] for option in options} == files
    for option in options:
        assert option["show_on"] == [{"variable": "__model_type", "value": "llm"}]
