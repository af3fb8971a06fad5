"""Azure OpenAI: a resource's URL, an API version, a key or a sign-in -> Endpoint."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from models.attribution import Attribution
from models.catalogue.names import base_of_deployment
from models.failures.failure import bad_request
from models.service import azure_sign_in
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

DEFAULT_API_VERSION = "2025-04-01-preview"

# First versions of the data plane that take a thing (Azure OpenAI API version lifecycle).
_FIRST_WITH_METADATA = "2024-10-01"
_FIRST_WITH_STREAM_OPTIONS = "2024-09-01"
_FIRST_WITH_RESPONSES = "2025-03-01"
# The address of a request on a dated path names the deployment, which each model has of its own.
_DEPLOYMENT_PATH = re.compile(r"/deployments(/[^/]+)?$")
_SERVICE = "Azure OpenAI"


def from_credentials(model: str, entered: Mapping[str, object]) -> Endpoint:
    """Return the endpoint of a deployment. Raises InvokeBadRequestError for an unusable setting."""
    credentials = Texts(entered, service=_SERVICE)
    if checked_name(model, service=_SERVICE).strip(".") == "":
        # In a path they mean another one, also where they are quoted.
        raise bad_request(
            f"{_SERVICE}: {model!r} is no deployment's name; enter the name that the Azure portal "
            "shows under Deployments"
        )
    _check_complete(credentials)
    written = checked_base_url(credentials["openai_api_base"], service=_SERVICE)
    base_url = _DEPLOYMENT_PATH.sub("", written)
    path = urlsplit(base_url).path
    version = None if path.endswith("/openai/v1") else _version(credentials)
    sign_in = azure_sign_in.settings(credentials)
    extra = extra_headers(credentials, service=_SERVICE)
    own = {} if sign_in else _key_header(credentials, version)
    settings = ConnectionSettings(
        base_url=base_url if path.endswith(("/openai", "/openai/v1")) else f"{base_url}/openai",
        api_version=version or "",
        headers={**extra, **own},
        proxy=proxy_url(credentials, service=_SERVICE),
        ca_certificates=ca_certificates(credentials, service=_SERVICE),
        sign_in=sign_in,
        secret=frozenset({*extra, *own, *azure_sign_in.SECRET}),
    )
    token = (
        azure_sign_in.token_provider(sign_in, settings.proxy, settings.ca_certificates)
        if sign_in
        else None
    )
    connection = connection_for(settings, token)
    return Endpoint(
        provider="azure_openai",
        service=_SERVICE,
        name=connection.name,
        connection=connection,
        model=model,
        base_model=base_of_deployment(model, credentials.get("base_model_name")),
        attribution=Attribution.from_credentials(credentials),
        limits=call_limits(credentials, service=_SERVICE),
        protocol=chosen_protocol(credentials.get("api_protocol")),
        # Dated versions know only the field's old name, and no cache key.
        user_field="user" if version else "safety_identifier",
        takes_prompt_cache_key=version is None,
        takes_stream_options=not _needs("stream_options", version, _FIRST_WITH_STREAM_OPTIONS),
        # "Invalid Value: 'file'. This model does not support file content types." on every version.
        chat_takes_documents=False,
        chat_refuses_metadata=_needs("request metadata", version, _FIRST_WITH_METADATA),
        responses_unavailable=_needs("the Responses API", version, _FIRST_WITH_RESPONSES),
        keeps_store=True,
        report=report_of(credentials, settings.base_url, service=_SERVICE),
    )


def _check_complete(credentials: Mapping[str, str]) -> None:
    """Name all fields that are empty at once: Dify shows the error for some seconds."""
    missing = azure_sign_in.missing(credentials)
    if not (credentials.get("openai_api_base") or "").strip():
        missing = ["API base URL (https://HOST)", *missing]
    if missing:
        verb, pronoun = ("are", "them") if len(missing) > 1 else ("is", "it")
        raise bad_request(
            f"{_SERVICE}: the {' and the '.join(missing)} {verb} empty; enter {pronoun} in the "
            "model's settings"
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


def _key_header(credentials: Mapping[str, str], version: str | None) -> dict[str, str]:
    key = checked_header_text(
        credentials["openai_api_key"].strip(), label="API key", service=_SERVICE
    )
    return {"api-key": key} if version else {"Authorization": f"Bearer {key}"}
