"""Sign-in to Azure without a key: a service principal or a managed identity, by azure-identity."""

import platform
import ssl
from collections.abc import Callable, Mapping
from typing import Any, override

from models.failures.failure import (
    ServiceError,
    bad_request,
    sign_in_failure,
    sign_in_unreachable,
)
from models.service.attempts import CONNECT_SECONDS
from models.service.background_import import import_in_thread
from models.service.settings import pem_text

_SERVICE = "Azure OpenAI"
_METHOD = "auth_method"
# The public cloud's; sovereign clouds have their own (Microsoft Entra documentation, national
# clouds; e.g. https://cognitiveservices.azure.us/.default at login.microsoftonline.us).
_DEFAULT_SCOPE = "https://cognitiveservices.azure.com/.default"
# azure-identity's own would outlast the call: ten repetitions, five minutes for each answer.
_ANSWER_SECONDS = 30.0
_RETRIES = 1
# A token has a few kB, and so have errors of the sign-in.
_MOST_ANSWER_BYTES = 256 << 10
_PIECE_BYTES = 16 << 10
_LABELS = {
    "openai_api_key": "API key",
    "azure_tenant_id": "Directory (tenant) ID",
    "azure_client_id": "Application (client) ID",
    "azure_client_secret": "client secret",
    "azure_client_certificate": "client certificate",
}
# What each method of the form needs, and what it may have.
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "entra_id_service_principal": ("azure_tenant_id", "azure_client_id", "azure_client_secret"),
    "entra_id_client_certificate": (
        "azure_tenant_id",
        "azure_client_id",
        "azure_client_certificate",
    ),
    "managed_identity": (),
}
# What a sign-in service may quote. A certificate's key never leaves the process.
SECRET = frozenset({"azure_client_secret"})
_OPTIONAL = ("managed_identity_client_id", "azure_authority", "azure_scope")


def settings(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return what a sign-in is made from, empty where a key is used instead."""
    method = credentials.get(_METHOD) or ""
    if method not in _REQUIRED:
        return {}
    values = {
        name: (credentials.get(name) or "").strip() for name in (*_REQUIRED[method], *_OPTIONAL)
    }
    return {_METHOD: method, **{name: value for name, value in values.items() if value}}


def missing(credentials: Mapping[str, str]) -> list[str]:
    """Return the labels of the empty fields that the chosen sign-in needs, or a key instead."""
    needed = _REQUIRED.get(credentials.get(_METHOD) or "", ("openai_api_key",))
    return [_LABELS[name] for name in needed if not (credentials.get(name) or "").strip()]


def token_provider(
    sign_in: Mapping[str, str], proxy: str, ca_certificates: str = ""
) -> Callable[[], str]:
    """Return a function that gives a fresh Microsoft Entra token; it keeps one until it ages.

    `ca_certificates` is PEM text to be trusted beside the usual authorities.

    It raises ServiceError for a sign-in that fails, InvokeBadRequestError for what cannot be one.
    """
    credential: list[Callable[[], str]] = []

    def token() -> str:
        # With the first call: only this sign-in needs it, for a third of a start.
        # It asks a subprocess for the processor, which gevent can start in this thread alone.
        platform.platform()
        import_in_thread("azure.identity")
        from azure.core.exceptions import AzureError  # noqa: PLC0415
        from azure.identity import get_bearer_token_provider  # noqa: PLC0415

        try:
            if not credential:
                scope = sign_in.get("azure_scope") or _DEFAULT_SCOPE
                made = _credential(sign_in, _transport_options(proxy, ca_certificates))
                credential.append(get_bearer_token_provider(made, scope))
            return credential[0]()
        except AzureError as error:
            raise _told(error) from None

    return token


def _told(error: BaseException) -> ServiceError:
    """Translate a sign-in that failed. azure-identity wraps all that happened in one class."""
    from azure.core.exceptions import (  # noqa: PLC0415
        AzureError,
        ServiceRequestError,
        ServiceResponseError,
    )

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ServiceRequestError | ServiceResponseError):
            return sign_in_unreachable(cause.message)
        cause = cause.__cause__ or cause.__context__
    return sign_in_failure(error.message if isinstance(error, AzureError) else str(error))


def _transport_options(proxy: str, ca_certificates: str) -> dict[str, Any]:
    """Return how the sign-in's own requests go out; attempts beyond them are the call's."""
    options: dict[str, Any] = {
        "connection_timeout": CONNECT_SECONDS,
        "read_timeout": _ANSWER_SECONDS,
        "retry_total": _RETRIES,
        "transport": _transport(ca_certificates),
    }
    if proxy:
        options["proxies"] = {"http": proxy, "https": proxy}
    return options


def _transport(ca_certificates: str = "") -> Any:
    """Return azure-identity's connections, whose answers are bounded, by what they unpack to."""
    import requests  # noqa: PLC0415
    from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    # Adds these authorities; requests itself takes them from a file alone.
    tls = ssl.create_default_context() if ca_certificates else None
    if tls:
        tls.load_verify_locations(cadata=ca_certificates)

    class Bounded(HTTPAdapter):
        @override
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs, ssl_context=tls)

        @override
        def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, **kwargs, ssl_context=tls)

        @override
        def send(self, *args: Any, **kwargs: Any) -> requests.Response:
            response = super().send(*args, **kwargs)
            content = b""
            for piece in response.iter_content(_PIECE_BYTES):
                content += piece
                if len(content) > _MOST_ANSWER_BYTES:
                    response.close()
                    raise requests.ConnectionError("an answer that is longer than any of its own")
            response._content = content
            return response

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, Bounded())
    return RequestsTransport(session=session)


def _credential(sign_in: Mapping[str, str], options: dict[str, Any]) -> Any:
    from azure.identity import (  # noqa: PLC0415
        CertificateCredential,
        ClientSecretCredential,
        ManagedIdentityCredential,
    )

    options = dict(options)
    if authority := sign_in.get("azure_authority"):
        options["authority"] = authority
    try:
        match sign_in[_METHOD]:
            case "managed_identity":
                return ManagedIdentityCredential(
                    client_id=sign_in.get("managed_identity_client_id"), transport=_transport()
                )
            case "entra_id_client_certificate":
                return CertificateCredential(
                    sign_in["azure_tenant_id"],
                    sign_in["azure_client_id"],
                    certificate_data=pem_text(sign_in["azure_client_certificate"]).encode(),
                    **options,
                )
            case _:
                return ClientSecretCredential(
                    sign_in["azure_tenant_id"],
                    sign_in["azure_client_id"],
                    sign_in["azure_client_secret"],
                    **options,
                )
    except ValueError:
        # azure-identity's own words quote the value.
        raise bad_request(
            f"{_SERVICE}: the sign-in cannot be made from the tenant ID, the authority or the "
            "certificate of the model's settings; copy them again from the Azure portal"
        ) from None
