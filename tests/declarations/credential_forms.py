"""The three credential forms, with the fields each must offer in the order people see them."""

from dataclasses import dataclass

import pytest

from tests.declarations.declaration_files import PROVIDERS, JsonObject, read_declaration


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it stands and the variables it must offer, in the order people see."""

    provider: str
    schema: str
    variables: tuple[str, ...]

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


OPENAI_PROVIDER = Form(
    "openai",
    "provider_credential_schema",
    (
        "openai_api_key",
        "openai_organization",
        "openai_project",
        "openai_api_base",
        "validate_model",
        "api_protocol",
        "enable_request_metadata",
        "request_metadata_user",
    ),
)
OPENAI_MODEL = Form(
    "openai",
    "model_credential_schema",
    tuple(name for name in OPENAI_PROVIDER.variables if name != "validate_model"),
)
AZURE_MODEL = Form(
    "azure_openai",
    "model_credential_schema",
    (
        "openai_api_base",
        "auth_method",
        "openai_api_key",
        "azure_client_id",
        "azure_tenant_id",
        "azure_client_secret",
        "base_model_name",
        "openai_api_version",
        "api_protocol",
        "enable_request_metadata",
        "request_metadata_user",
    ),
)
FORMS = {
    "openai-provider": OPENAI_PROVIDER,
    "openai-model": OPENAI_MODEL,
    "azure-model": AZURE_MODEL,
}
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
