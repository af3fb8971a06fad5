"""The credential forms: what people fill in, and what a host makes of it."""

import pytest

from tests.declarations.credential_forms import (
    AZURE_MODEL,
    FORMS,
    OPENAI_MODEL,
    OPENAI_PROVIDER,
    Form,
    every_form,
)
from tests.declarations.declaration_files import JsonObject, model_files

FIELD_LIMIT = 32
# A host adds these to a model's form itself.
HOST_VALUES = {"__model_type": {"llm"}}

# What the plugins langgenius/openai and langgenius/azure_openai store, so that credentials can be
# carried over as they are.
OFFICIAL_TYPES = {
    ("openai", "openai_api_key"): "secret-input",
    ("openai", "openai_organization"): "text-input",
    ("openai", "openai_api_base"): "text-input",
    ("openai", "validate_model"): "text-input",
    ("openai", "api_protocol"): "select",
    ("openai", "enable_request_metadata"): "select",
    ("azure_openai", "openai_api_base"): "text-input",
    ("azure_openai", "auth_method"): "select",
    ("azure_openai", "openai_api_key"): "secret-input",
    ("azure_openai", "azure_client_id"): "text-input",
    ("azure_openai", "azure_tenant_id"): "text-input",
    ("azure_openai", "azure_client_secret"): "secret-input",
    ("azure_openai", "base_model_name"): "select",
    ("azure_openai", "enable_request_metadata"): "select",
}
OFFICIAL_VALUES = {
    ("openai", "api_protocol"): {"responses", "chat"},
    ("openai", "enable_request_metadata"): {"enabled", "disabled"},
    ("azure_openai", "auth_method"): {"api_key", "entra_id_service_principal"},
    ("azure_openai", "base_model_name"): {"gpt-5.6-sol", "gpt-5", "gpt-4.1", "gpt-4o-mini", "o3"},
    ("azure_openai", "enable_request_metadata"): {"enabled", "disabled"},
}
OUR_VALUES = {
    ("openai", "enable_request_metadata"): {"headers"},
    ("openai", "request_metadata_user"): {"none", "digest", "plain"},
    ("azure_openai", "api_protocol"): {"auto", "responses", "chat"},
    ("azure_openai", "enable_request_metadata"): {"headers"},
    ("azure_openai", "request_metadata_user"): {"none", "digest", "plain"},
}

FACTS = {
    "openai-provider": {
        "openai_api_key": (True, None),
        "openai_organization": (False, None),
        "openai_project": (False, None),
        "openai_api_base": (False, None),
        "validate_model": (False, None),
        "api_protocol": (False, "responses"),
        "enable_request_metadata": (False, "disabled"),
        "request_metadata_user": (False, "none"),
    },
    "azure-model": {
        "openai_api_base": (True, None),
        "auth_method": (True, "api_key"),
        "openai_api_key": (False, None),
        "azure_client_id": (False, None),
        "azure_tenant_id": (False, None),
        "azure_client_secret": (False, None),
        "base_model_name": (False, None),
        "openai_api_version": (False, "2025-04-01-preview"),
        "api_protocol": (False, "auto"),
        "enable_request_metadata": (False, "disabled"),
        "request_metadata_user": (False, "none"),
    },
}
SHOWN_FOR_A_KEY = [{"variable": "auth_method", "value": "api_key"}]
SHOWN_FOR_A_PRINCIPAL = [{"variable": "auth_method", "value": "entra_id_service_principal"}]
# Daemons before 0.6.9 drop help texts: a field needs one only where its options or placeholder
# cannot say everything.
WITH_HELP = {
    "validate_model",
    "openai_api_version",
    "api_protocol",
    "enable_request_metadata",
    "request_metadata_user",
}


def values_of(field: JsonObject) -> set[str]:
    """The values that a select offers."""
    return {option["value"] for option in field["options"]}


@every_form
def test_a_form_has_exactly_its_fields_in_order(form: Form) -> None:
    assert tuple(field["variable"] for field in form.fields) == form.variables
    assert len(form.fields) <= FIELD_LIMIT


@pytest.mark.parametrize(("form", "facts"), FACTS.items(), ids=FACTS.keys())
def test_required_and_default_are_written_as_meant(
    form: str, facts: dict[str, tuple[bool, str | None]]
) -> None:
    fields = FORMS[form].fields
    assert {f["variable"]: (f["required"], f.get("default")) for f in fields} == facts


def test_a_model_of_openai_takes_the_fields_of_the_provider() -> None:
    for field in OPENAI_MODEL.fields:
        assert field == OPENAI_PROVIDER.field(field["variable"])


@every_form
def test_every_field_is_complete(form: Form) -> None:
    for field in form.fields:
        assert type(field["required"]) is bool, field["variable"]
        assert field["type"] in ("text-input", "secret-input", "select"), field["variable"]
        if field["type"] == "select":
            values = [option["value"] for option in field["options"]]
            assert len(values) == len(set(values)), field["variable"]
            assert field.get("default", values[0]) in values, field["variable"]
        else:
            assert "placeholder" in field, field["variable"]
            assert "options" not in field, field["variable"]


@every_form
def test_only_fields_that_need_it_carry_a_help_text(form: Form) -> None:
    helped = {field["variable"] for field in form.fields if "help" in field}
    assert helped == WITH_HELP & set(form.variables)


@every_form
def test_every_condition_can_be_met(form: Form) -> None:
    choices = HOST_VALUES | {f["variable"]: values_of(f) for f in form.fields if "options" in f}
    for field in form.fields:
        for condition in field.get("show_on", []):
            assert condition["value"] in choices[condition["variable"]]
            # An absent controller hides the field, so it must always be filled in.
            assert form.field(condition["variable"])["required"]
        for option in field.get("options", []):
            for condition in option.get("show_on", []):
                assert condition["value"] in choices[condition["variable"]]


def test_azure_shows_the_fields_of_the_chosen_sign_in() -> None:
    conditions = {f["variable"]: f["show_on"] for f in AZURE_MODEL.fields if "show_on" in f}
    assert conditions == {
        "openai_api_key": SHOWN_FOR_A_KEY,
        "azure_client_id": SHOWN_FOR_A_PRINCIPAL,
        "azure_tenant_id": SHOWN_FOR_A_PRINCIPAL,
        "azure_client_secret": SHOWN_FOR_A_PRINCIPAL,
    }


@every_form
def test_shared_variables_keep_the_type_of_the_official_plugins(form: Form) -> None:
    for field in form.fields:
        official = OFFICIAL_TYPES.get((form.provider, field["variable"]), field["type"])
        assert field["type"] == official, field["variable"]


@every_form
def test_selects_offer_the_official_values_and_our_own(form: Form) -> None:
    for field in form.fields:
        if field["type"] == "select":
            key = (form.provider, field["variable"])
            expected = OFFICIAL_VALUES.get(key, set()) | OUR_VALUES.get(key, set())
            assert values_of(field) == expected, key


def test_every_base_model_of_azure_has_its_file_and_its_model_type() -> None:
    options = AZURE_MODEL.field("base_model_name")["options"]
    files = {path.stem for path in model_files("azure_openai")}
    assert {option["value"] for option in options} == files
    for option in options:
        assert option["show_on"] == [{"variable": "__model_type", "value": "llm"}]
