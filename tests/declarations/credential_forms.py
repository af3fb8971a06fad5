"""The three credential forms, with the fields each must offer in the order people see them."""

from dataclasses import dataclass
from functools import cache

import pytest

from models.catalogue.tables import table
from tests.declarations.declaration_files import PROVIDERS, JsonObject, read_declaration

# Type, whether it is required, default, and the values that a select offers, with blanks between.
type Facts = tuple[str, bool, str | None, str]

BASE_MODELS = tuple(table("azure_openai").models)
# What both services have: how an answer can be found again, and how a request travels. The switch
# and the protocol stand first, where Dify shows them without scrolling.
_ATTRIBUTION: dict[str, Facts] = {
    "enable_request_metadata": ("select", False, "disabled", "disabled enabled headers"),
    "api_protocol": ("select", False, "auto", "auto responses chat"),
}
_MORE_ATTRIBUTION: dict[str, Facts] = {
    "request_metadata_user": ("select", False, "none", "none digest plain"),
    "request_tags": ("text-input", False, None, ""),
}
_CONNECTION: dict[str, Facts] = {
    "extra_headers": ("secret-input", False, None, ""),
    "proxy_url": ("secret-input", False, None, ""),
    "ca_certificate": ("text-input", False, None, ""),
    "request_timeout": ("text-input", False, None, ""),
    "max_attempts": ("text-input", False, None, ""),
}
_TELEMETRY: dict[str, Facts] = {
    "otlp_endpoint": ("text-input", False, None, ""),
    "otlp_headers": ("secret-input", False, None, ""),
}
# What a transcription model is told; Azure's form shows it for that type alone.
_TRANSCRIPTION: dict[str, Facts] = {
    "transcription_language": ("text-input", False, None, ""),
    "transcription_prompt": ("text-input", False, None, ""),
    "transcription_keywords": ("text-input", False, None, ""),
}
# How a speaking model is to speak; Azure's form shows it for that type alone.
_SPEECH: dict[str, Facts] = {
    "speech_instructions": ("text-input", False, None, ""),
    "speech_speed": ("text-input", False, None, ""),
}
# Variables, types and values of the plugins langgenius/openai and langgenius/azure_openai are kept,
# so that the credentials they stored can be carried over as they are. Ours are openai_project,
# openai_api_version, the value `headers`, Azure's api_protocol and sign-ins beside the service
# principal with their fields, request_metadata_user, request_tags, and all of the connection, of
# telemetry, of transcriptions and of speech.
OPENAI: dict[str, Facts] = {
    "openai_api_key": ("secret-input", True, None, ""),
    **_ATTRIBUTION,
    "openai_api_base": ("text-input", False, None, ""),
    **_MORE_ATTRIBUTION,
    "openai_organization": ("text-input", False, None, ""),
    "openai_project": ("text-input", False, None, ""),
    "validate_model": ("text-input", False, None, ""),
    **_CONNECTION,
    **_TELEMETRY,
    **_TRANSCRIPTION,
    **_SPEECH,
}
AZURE: dict[str, Facts] = {
    "base_model_name": ("select", False, None, " ".join(["not_listed", *BASE_MODELS])),
    **_ATTRIBUTION,
    "openai_api_base": ("text-input", True, None, ""),
    "auth_method": (
        "select",
        True,
        "api_key",
        "api_key entra_id_service_principal entra_id_client_certificate managed_identity",
    ),
    "openai_api_key": ("secret-input", True, None, ""),
    "azure_client_id": ("text-input", True, None, ""),
    "managed_identity_client_id": ("text-input", False, None, ""),
    "azure_tenant_id": ("text-input", True, None, ""),
    "azure_client_secret": ("secret-input", True, None, ""),
    "azure_client_certificate": ("secret-input", True, None, ""),
    "azure_authority": ("text-input", False, None, ""),
    "azure_scope": ("text-input", False, None, ""),
    **_MORE_ATTRIBUTION,
    "openai_api_version": ("text-input", False, "2025-04-01-preview", ""),
    **_CONNECTION,
    **_TELEMETRY,
    **_TRANSCRIPTION,
    **_SPEECH,
}


@cache
def _declared(provider: str) -> JsonObject:
    declared: JsonObject = read_declaration(PROVIDERS[provider])
    return declared


@dataclass(frozen=True, slots=True)
class Form:
    """One form: where it stands and what its fields must be, in the order people see."""

    provider: str
    schema: str
    facts: dict[str, Facts]

    @property
    def fields(self) -> list[JsonObject]:
        """The fields as declared."""
        fields = _declared(self.provider)[self.schema]["credential_form_schemas"]
        assert isinstance(fields, list)
        return fields

    def field(self, variable: str) -> JsonObject:
        """The one field of that variable."""
        (field,) = self.entries(variable)
        return field

    def entries(self, variable: str) -> list[JsonObject]:
        """The fields of that variable: several where several choices show it."""
        return [field for field in self.fields if field["variable"] == variable]


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
