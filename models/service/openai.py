"""OpenAI's own service and servers that speak its API: credentials -> Endpoint."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from models.attribution import Attribution
from models.catalogue.costs import region_factor
from models.failures.failure import bad_request
from models.service.connection import ConnectionSettings, connection_for
from models.service.endpoint import Endpoint, chosen_protocol
from models.service.form_fields import Texts, checked_name
from models.service.settings import (
    ca_certificates,
    call_limits,
    checked_base_url,
    checked_header_text,
    extra_headers,
    proxy_url,
)
from models.service.telemetry import report_of

_DEFAULT_BASE_URL = "https://api.openai.com/v1"
# OpenAI's own hosts and those of Azure's resources, of which this form takes `/openai/v1` too:
# they keep what is sent without `store`, whatever a text of theirs says, and tell nothing without a
# key.
_KNOWN_HOST = re.compile(
    r"(.+\.)?(openai\.com|(openai|cognitiveservices|services\.ai)\.azure\.(com|us|cn))\.?"
)
_SERVICE = "OpenAI"


def from_credentials(model: str, entered: Mapping[str, object]) -> Endpoint:
    """Return the endpoint of a model. Raises InvokeBadRequestError for an unusable setting."""
    credentials = Texts(entered, service=_SERVICE)
    model = checked_name(model, service=_SERVICE)
    api_key = (credentials.get("openai_api_key") or "").strip()
    if not api_key:
        raise bad_request("OpenAI: the API key is empty; enter it in the model provider's settings")
    extra = extra_headers(credentials, service=_SERVICE)
    own = {
        "Authorization": f"Bearer {_header_text(api_key, 'API key')}",
        "OpenAI-Organization": _header_text(credentials.get("openai_organization"), "organization"),
        "OpenAI-Project": _header_text(credentials.get("openai_project"), "project"),
    }
    settings = ConnectionSettings(
        base_url=_base_url(credentials.get("openai_api_base") or ""),
        headers={**extra, **{name: value for name, value in own.items() if value}},
        secret=frozenset({"Authorization", *extra}),
        proxy=proxy_url(credentials, service=_SERVICE),
        ca_certificates=ca_certificates(credentials, service=_SERVICE),
    )
    host = urlsplit(settings.base_url).hostname or ""
    known = _KNOWN_HOST.fullmatch(host) is not None
    connection = connection_for(settings)
    return Endpoint(
        provider="openai",
        service=_SERVICE,
        name=connection.name,
        connection=connection,
        model=model,
        base_model=model,
        attribution=Attribution.from_credentials(credentials),
        limits=call_limits(credentials, service=_SERVICE),
        protocol=chosen_protocol(credentials.get("api_protocol")),
        prefers_responses=True,
        pads_streams=known,
        list_needs_key=known,
        tells_last_days=True,
        keeps_store=known,
        report=report_of(credentials, settings.base_url, service=_SERVICE),
        region_factor=region_factor("openai", model, host),
    )


def _header_text(value: str | None, label: str) -> str:
    return checked_header_text((value or "").strip(), label=label, service=_SERVICE)


def _base_url(text: str) -> str:
    """Return the address that paths are added to; `/v1` is added where there is no path at all.

    A URL that has a path is kept, because gateways serve the API under paths of their own.
    """
    if not text.strip():
        return _DEFAULT_BASE_URL
    url = checked_base_url(text, service=_SERVICE)
    return url if urlsplit(url).path else f"{url}/v1"
