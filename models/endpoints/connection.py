"""One service as requests reach it: its address, what signs them in, and connections that last.

Requests are sent with httpx2 and not with the openai package: of that, a call would use one
function, for a third of the plugin's start and 0.4 ms of every call (docs/benchmarks.md).
"""

import json
import ssl
import weakref
from collections.abc import Callable, Generator, Mapping
from functools import cache, lru_cache
from typing import Self, override
from urllib.parse import quote

import httpx2

_CONNECT_SECONDS = 10.0
# Longer than the pause between two messages of a chat, shorter than the idle limits of gateways.
_IDLE_SECONDS = 60.0
_LIMITS = httpx2.Limits(
    max_connections=1000, max_keepalive_connections=100, keepalive_expiry=_IDLE_SECONDS
)
_JSON_HEADERS = {"Content-Type": "application/json", "User-Agent": "dify-openai-suite"}


class Connection:
    """Sends requests to one service.

    base_url has no slash at its end. api_version is Azure's dated version, which also means
    Azure's dated paths; None for a service without one.
    """

    def __init__(self, http: httpx2.Client, base_url: str, api_version: str | None) -> None:
        self._http = http
        self.base_url = base_url
        self.api_version = api_version
        # The connections are closed with the last call that uses them.
        weakref.finalize(self, http.close)

    @classmethod
    def open(
        cls,
        base_url: str,
        *,
        headers: Mapping[str, str],
        token: Callable[[], str] | None = None,
        api_version: str | None = None,
    ) -> Self:
        """Make a connection whose requests carry `headers`, and a fresh `token` if there is one."""
        http = httpx2.Client(
            headers={**_JSON_HEADERS, **headers},
            # Never none: a user:password in the address would take the key's place.
            auth=httpx2.Auth() if token is None else _BearerToken(token),
            verify=_tls_context(),
            limits=_LIMITS,
            # Only the connection: every other wait is bounded by the call's deadline, and a
            # second timer would be set for each piece of each stream.
            timeout=httpx2.Timeout(None, connect=_CONNECT_SECONDS),
        )
        return cls(http, base_url, api_version)

    @property
    def headers(self) -> Mapping[str, str]:
        """Return what every request carries, without a token that is fetched for each."""
        return self._http.headers

    @property
    def is_closed(self) -> bool:
        """Return whether its connections are closed."""
        return self._http.is_closed

    def post(
        self, path: str, model: str, body: Mapping[str, object], headers: Mapping[str, str]
    ) -> httpx2.Response:
        """Send a body once; the response is read whole, or open if the body asks for a stream.

        Redirects are not followed: they would send a prompt, and Azure's key, to an address that
        nobody entered. Raises httpx2.TransportError, httpx2.DecodingError or UnicodeError.
        """
        request = self._http.build_request(
            "POST",
            _url(self.base_url, self.api_version, path, model),
            headers=headers,
            content=json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False),
        )
        return self._http.send(request, stream=body.get("stream") is True)


class _BearerToken(httpx2.Auth):
    """Signs each request in with a token that may have been renewed since the last one."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token

    @override
    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token()}"
        yield request


@lru_cache(1024)
def _url(base_url: str, api_version: str | None, path: str, model: str) -> httpx2.URL:
    """Return where a request goes; kept, because reading a URL takes as long as sending one.

    Dated versions have the deployment in the path of every operation but Responses (Azure OpenAI
    REST API reference, data plane inference).
    """
    if api_version is None:
        return httpx2.URL(f"{base_url}{path}")
    if path != "/responses":
        path = f"/deployments/{quote(model, safe='')}{path}"
    return httpx2.URL(f"{base_url}{path}", params={"api-version": api_version})


@cache
def _tls_context() -> ssl.SSLContext:
    """Load the certificate authorities once: it takes 17 ms and is the same for every service."""
    return httpx2.create_ssl_context()
