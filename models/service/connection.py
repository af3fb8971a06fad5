"""One service as requests reach it: its address, what signs them in, and connections that last."""

import hashlib
import json
import ssl
import weakref
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import override
from urllib.parse import quote, unquote, urlsplit

import gevent
import httpx2
from pydantic import JsonValue
from pydantic_core import to_json

from models.failures.failure import sign_in_unreachable
from models.service.attempts import CONNECT_SECONDS, Deadline
from models.service.proxies import environment_proxy

# Packed in the one way that `body` unpacks.
_HEADERS = {"User-Agent": "dify-openai-suite", "Accept-Encoding": "gzip"}
# Never for all requests: a multipart form of the official client has a type of its own.
_JSON_HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}
# A workspace has a handful of credentials; a process of Dify Cloud may see hundreds.
_MOST_CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """All that makes a connection, and nothing else.

    base_url has no slash at its end. api_version is Azure's dated version, which also means Azure's
    dated paths; "" for a service without one. headers go with every request. proxy is a URL, "" for
    the environment's. ca_certificates is PEM text to be trusted beside the usual authorities.
    sign_in names what a token is made from. The headers and parts of the sign-in that are named in
    `secret` are never shown.
    """

    base_url: str
    api_version: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    proxy: str = ""
    ca_certificates: str = ""
    sign_in: Mapping[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()

    def digest(self) -> str:
        """Name the connection, showing nothing of it (SHA-256, hexadecimal)."""
        parts = (
            self.base_url,
            self.api_version,
            sorted(self.headers.items()),
            self.proxy,
            self.ca_certificates,
            sorted(self.sign_in.items()),
        )
        return hashlib.sha256(json.dumps(parts).encode("utf-8", errors="replace")).hexdigest()


class Connection:
    """Sends requests to one service. `token` gives a fresh sign-in for each, None where headers do.

    `name` is the digest of its settings. `http` is the client that the official library uses as
    well (`official_client`).
    """

    def __init__(
        self, settings: ConnectionSettings, token: Callable[[], str] | None = None
    ) -> None:
        self.name = settings.digest()
        self.base_url = settings.base_url
        self.api_version = settings.api_version or None
        given = {**settings.headers, **settings.sign_in}
        self._secrets = tuple(given[name] for name in settings.secret if name in given)
        self._token = None if token is None else _BearerToken(token)
        proxy = settings.proxy or environment_proxy(settings.base_url)
        if proxy and (password := urlsplit(proxy).password):
            self._secrets += tuple({password, unquote(password)})
        # With the first connection: httpcore2, which it is made of, takes a start 24 ms to import.
        from models.service.transport import Transport  # noqa: PLC0415

        self.http = httpx2.Client(
            headers={**_HEADERS, **settings.headers},
            # Never none: a user:password in the address would take the key's place.
            auth=self._token or httpx2.Auth(),
            transport=Transport(_tls(settings.ca_certificates), proxy or None),
            # A jar would be shared by all apps of a key, and a gateway's cookies grow.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            # Of the official client's requests; ours carry their deadline.
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS),
        )
        # Merged once: the client would do it for each request, in a tenth of the time before it.
        self._headers = httpx2.Headers(self.http.headers)
        self._headers.update(_JSON_HEADERS)
        # The connections are closed with the last call that uses them.
        weakref.finalize(self, self.http.close)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what signs requests in, to be kept out of every error."""
        token = self._token.last if self._token else ""
        return (*self._secrets, token) if token else self._secrets

    def open(
        self,
        path: str,
        model: str,
        body: Mapping[str, JsonValue],
        headers: Mapping[str, str],
        deadline: Deadline,
    ) -> httpx2.Response:
        """Send a JSON body once and return the response, open: whoever calls this closes it.

        Redirects are not followed: they would send a prompt, and Azure's key, to an address that
        nobody entered. Raises httpx2.TransportError, UnicodeError, and ServiceError as `Transport`
        does.
        """
        named = self._headers
        if headers:
            named = named.copy()
            named.update(headers)
        request = httpx2.Request(
            "POST",
            _url(self.base_url, self.api_version, path, model),
            headers=named,
            content=to_json(body),
            extensions={"timeout": deadline.timeouts()},
        )
        return self.http.send(request, stream=True)


_lock = Lock()
_connections: OrderedDict[str, Connection] = OrderedDict()


def connection_for(
    settings: ConnectionSettings, token: Callable[[], str] | None = None
) -> Connection:
    """Return the connection of these settings, a new one only if there is none.

    The one that was used longest ago leaves when there are too many. It is closed as soon as no
    call uses it any more, so a stream that still runs is not cut. Raises ValueError for a
    certificate that is none.
    """
    digest = settings.digest()
    with _lock:
        connection = _connections.pop(digest, None) or Connection(settings, token)
        _connections[digest] = connection
        if len(_connections) > _MOST_CONNECTIONS:
            _connections.popitem(last=False)
        return connection


class _BearerToken(httpx2.Auth):
    """Signs each request in with a token that may have been renewed since the last one."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self.last = ""

    @override
    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        read = request.extensions.get("timeout", {}).get("read")
        seconds = read.remaining() if isinstance(read, Deadline) else None
        with gevent.Timeout(seconds, sign_in_unreachable("no answer within the call's time")):
            self.last = self._token()
        request.headers["Authorization"] = f"Bearer {self.last}"
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
def _authorities() -> ssl.SSLContext:
    """Load the certificate authorities once: it takes 17 ms and is the same for every service."""
    return httpx2.create_ssl_context()


def _tls(ca_certificates: str) -> ssl.SSLContext:
    if not ca_certificates:
        return _authorities()
    tls = httpx2.create_ssl_context()
    tls.load_verify_locations(cadata=ca_certificates)
    return tls
