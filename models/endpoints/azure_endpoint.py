"""Azure OpenAI: a resource's URL, an API version, a key or a sign-in -> Endpoint."""

import re
from collections.abc import Callable, Mapping
from typing import Literal
from urllib.parse import urlsplit

from models.endpoints import connection_cache
from models.endpoints.base_url import checked_base_url
from models.endpoints.connection import Connection
from models.endpoints.endpoint import Endpoint
from models.endpoints.header_text import checked_header_text
from models.errors import bad_request, sign_in_failure
from models.families import family_of
from models.llm._metadata import MetadataPolicy

DEFAULT_API_VERSION = "2025-04-01-preview"

# First versions of the data plane that take a thing (Azure OpenAI API version lifecycle).
_FIRST_WITH_METADATA = "2024-10-01"
_FIRST_WITH_STREAM_OPTIONS = "2024-09-01"
_FIRST_WITH_RESPONSES = "2025-03-01"

_TOKEN_SCOPE = "https://cognitiveservices.azure.com/.default"  # noqa: S105 - a scope, no token
_SIGN_IN_FIELDS = {
    "azure_tenant_id": "Directory (tenant) ID",
    "azure_client_id": "Application (client) ID",
    "azure_client_secret": "Client secret",
}


def from_credentials(model: str, credentials: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a deployment. Raises InvokeBadRequestError for an unusable setting."""
    base_url = checked_base_url(credentials.get("openai_api_base") or "", service="Azure OpenAI")
    path = urlsplit(base_url).path
    version = None if path.endswith("/openai/v1") else _version(credentials)
    settings = {
        "base_url": base_url if path.endswith(("/openai", "/openai/v1")) else f"{base_url}/openai",
        "api_version": version or "",
        **_authentication(credentials),
    }
    digest = connection_cache.digest_of(settings)
    return Endpoint(
        provider="azure_openai",
        service="Azure OpenAI",
        connection=connection_cache.connection_for(digest, lambda: _connection(settings)),
        model=model,
        family=family_of(credentials.get("base_model_name") or model),
        protocol=_protocol(credentials.get("api_protocol")),
        metadata=MetadataPolicy.from_credentials(
            credentials,
            endpoint=digest,
            chat_refuses=_needs("request metadata", version, _FIRST_WITH_METADATA),
        ),
        # Dated versions know only the field's old name, and no cache key.
        user_field="user" if version else "safety_identifier",
        takes_prompt_cache_key=version is None,
        takes_stream_options=not _needs("stream_options", version, _FIRST_WITH_STREAM_OPTIONS),
        responses_unavailable=_needs("the Responses API", version, _FIRST_WITH_RESPONSES),
    )


def _version(credentials: Mapping[str, str]) -> str:
    return (credentials.get("openai_api_version") or "").strip() or DEFAULT_API_VERSION


def _needs(what: str, version: str | None, first: str) -> str | None:
    """Say why an API version cannot do a thing; None if it can, or if there is no version."""
    if version is None or not re.match(r"\d{4}-\d{2}-\d{2}", version) or version[:10] >= first:
        return None
    return (
        f"{what} needs API version {first}-preview or later, and this deployment's is {version}; "
        "change it, or use a base URL that ends in /openai/v1"
    )


def _authentication(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that sign requests in, each checked to be there."""
    if credentials.get("auth_method") == "entra_id_service_principal":
        return {
            name: _required(credentials, name, label) for name, label in _SIGN_IN_FIELDS.items()
        }
    api_key = _required(credentials, "openai_api_key", "API key")
    return {"api_key": checked_header_text(api_key, label="API key", service="Azure OpenAI")}


def _required(credentials: Mapping[str, str], name: str, label: str) -> str:
    value = (credentials.get(name) or "").strip()
    if not value:
        raise bad_request(f"Azure OpenAI: the {label} is empty; enter it in the model's settings")
    return value


def _connection(settings: Mapping[str, str]) -> Connection:
    version = settings["api_version"] or None
    key = settings.get("api_key")
    if key is None:
        headers = {}
    else:
        headers = {"api-key": key} if version else {"Authorization": f"Bearer {key}"}
    return Connection.open(
        settings["base_url"],
        headers=headers,
        token=_token_provider(settings) if key is None else None,
        api_version=version,
    )


def _token_provider(settings: Mapping[str, str]) -> Callable[[], str]:
    """Return a function that gives a fresh Microsoft Entra token; it keeps one until it ages."""
    # Imported here: only this sign-in needs it, and it would cost every start its time.
    from azure.core.exceptions import AzureError  # noqa: PLC0415
    from azure.identity import (  # noqa: PLC0415
        ClientSecretCredential,
        get_bearer_token_provider,
    )

    try:
        credential = ClientSecretCredential(
            tenant_id=settings["azure_tenant_id"],
            client_id=settings["azure_client_id"],
            client_secret=settings["azure_client_secret"],
        )
    except ValueError as error:
        raise bad_request(
            "Azure OpenAI: the Directory (tenant) ID is none; copy it from the app registration's "
            "page in the Azure portal"
        ) from error
    token = get_bearer_token_provider(credential, _TOKEN_SCOPE)

    def signed_in_token() -> str:
        try:
            return token()
        except AzureError as error:
            raise sign_in_failure(error.message) from error

    return signed_in_token


def _protocol(value: str | None) -> Literal["auto", "responses", "chat"]:
    match value:
        case "responses" | "chat":
            return value
        case _:
            return "auto"
