"""OpenAI's own service and servers that speak its API: credentials -> Endpoint."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from models.endpoints import connection_cache
from models.endpoints.base_url import checked_base_url
from models.endpoints.connection import Connection
from models.endpoints.endpoint import Endpoint
from models.endpoints.header_text import checked_header_text
from models.errors import bad_request
from models.families import family_of
from models.llm._metadata import MetadataPolicy

_DEFAULT_BASE_URL = "https://api.openai.com/v1"


def from_credentials(model: str, credentials: Mapping[str, str]) -> Endpoint:
    """Return the endpoint of a model. Raises InvokeBadRequestError for an unusable setting."""
    api_key = (credentials.get("openai_api_key") or "").strip()
    if not api_key:
        raise bad_request("OpenAI: the API key is empty; enter it in the model provider's settings")
    settings = {
        "api_key": _header_text(api_key, "API key"),
        "base_url": _base_url(credentials.get("openai_api_base") or ""),
        "organization": _header_text(credentials.get("openai_organization"), "organization"),
        "project": _header_text(credentials.get("openai_project"), "project"),
    }
    digest = connection_cache.digest_of(settings)
    return Endpoint(
        provider="openai",
        service="OpenAI",
        connection=connection_cache.connection_for(digest, lambda: _connection(settings)),
        model=model,
        family=family_of(model),
        protocol=_protocol(credentials.get("api_protocol")),
        metadata=MetadataPolicy.from_credentials(credentials, endpoint=digest),
    )


def _connection(settings: Mapping[str, str]) -> Connection:
    headers = {
        "Authorization": f"Bearer {settings['api_key']}",
        "OpenAI-Organization": settings["organization"],
        "OpenAI-Project": settings["project"],
    }
    return Connection.open(
        settings["base_url"], headers={name: value for name, value in headers.items() if value}
    )


def _header_text(value: str | None, label: str) -> str:
    return checked_header_text((value or "").strip(), label=label, service="OpenAI")


def _base_url(text: str) -> str:
    """Return the address that paths are added to; `/v1` is added where there is no path at all.

    A URL that has a path is kept, because gateways serve the API under paths of their own.
    """
    if not text.strip():
        return _DEFAULT_BASE_URL
    url = checked_base_url(text, service="OpenAI")
    return url if urlsplit(url).path else f"{url}/v1"


def _protocol(value: str | None) -> Literal["responses", "chat"]:
    return "chat" if value == "chat" else "responses"
