"""The three credential forms, with the fields each must offer in the order people see them."""

from dataclasses import dataclass

import pytest

from tests.declarations.declaration_files import PROVIDERS, JsonObject, read_declaration

# Type, whether it is required, default, and the values that a select offers, with blanks between.
type Facts = tuple[str, bool, str | None, str]

# Variables, types and values are those that the plugins langgenius/openai and
# langgenius/azure_openai store, so that credentials can be carried over as they are; our own are
# `headers`, openai_project, openai_api_version, request_metadata_user and Azure's api_protocol.
OPENAI: dict[str, Facts] = {
    "openai_api_key": ("secret-input", True, None, ""),
    "openai_organization": ("text-input", False, None, ""),
    "openai_project": ("text-input", False, None, ""),
    "openai_api_base": ("text-input", False, None, ""),
    "validate_model": ("text-input", False, None, ""),
    "api_protocol": ("select", False, "responses", "responses chat"),
    "enable_request_metadata": ("select", False, "disabled", "disabled enabled headers"),
    "request_metadata_user": ("select", False, "none", "none digest plain"),
}
AZURE: dict[str, Facts] = {
    "openai_api_base": ("text-input", True, None, ""),
    "auth_method": ("select", True, "api_key", "api_key entra_id_service_principal"),
    "openai_api_key": ("secret-input", False, None, ""),
    "azure_client_id": ("text-input", False, None, ""),
    "azure_tenant_id": ("text-input", False, None, ""),
    "azure_client_secret": ("secret-input", False, None, ""),
    "base_model_name": ("select", False, None, "gpt-5.6-sol gpt-5 gpt-4.1 gpt-4o-mini o3"),
    "openai_api_version": ("text-input", False, "2025-04-01-preview", ""),
    "api_protocol": ("select", False, "auto", "auto responses chat"),
    "enable_request_metadata": OPENAI["enable_request_metadata"],
    "request_metadata_user": OPENAI["request_metadata_user"],
}


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it stands and what its fields must be, in the order people see."""

    provider: str
    schema: str
    facts: dict[str, Facts]

    @property
    def fields(self) -> list[JsonObject]:
        """The fields as declared."""
        fields = read_declaration(PROVIDERS[self.provider])[self.schema]["credential_form_schemas"]
        assert isinstance(fields, list)
        return fields

    def field(self, variable: str) -> JsonObject:
        """The one field of that variable."""
        (field,) = [field for field in self.fields if field["variable"] == variable]
        return field


OPENAI_PROVIDER = Form("openai", "provider_credential_schema", OPENAI)
# A custom model is checked with itself.
OPENAI_MODEL = Form(
    "openai",
    "model_credential_schema",
    {variable: facts for variable, facts in OPENAI.items() if variable != "validate_model"},
)
AZURE_MODEL = Form("azure_openai", "model_credential_schema", AZURE)
FORMS = {
    "openai-provider": OPENAI_PROVIDER,
    "openai-model": OPENAI_MODEL,
    "azure-model": AZURE_MODEL,
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
