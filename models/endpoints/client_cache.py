"""Clients are kept: a new one costs 20 ms that every stream waits for, and a handshake."""

import hashlib
import json
import ssl
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock

import httpx2
import openai

# A workspace has a handful of credentials; a process of Dify Cloud may see hundreds.
_CAPACITY = 64
_CONNECT_SECONDS = 10.0
_lock = Lock()
_clients: OrderedDict[str, openai.OpenAI] = OrderedDict()


def digest_of(settings: Mapping[str, str]) -> str:
    """Name a client by all that builds it, without showing any of it (SHA-256, hexadecimal)."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def client_for(digest: str, build: Callable[[httpx2.Client], openai.OpenAI]) -> openai.OpenAI:
    """Return the client of this digest, building it if it is new.

    The client that was used longest ago leaves when there are too many. Its connections are
    closed as soon as no call uses it any more, so a stream that still runs is not cut.
    """
    with _lock:
        client = _clients.pop(digest, None) or _build(build)
        _clients[digest] = client
        if len(_clients) > _CAPACITY:
            _clients.popitem(last=False)
        return client


def _build(build: Callable[[httpx2.Client], openai.OpenAI]) -> openai.OpenAI:
    http_client = openai.DefaultHttpxClient(
        verify=_tls_context(),
        # Only the connection: every other wait is bounded by the call's deadline, and a second
        # timer would be set for each piece of each stream.
        timeout=openai.Timeout(None, connect=_CONNECT_SECONDS),
    )
    client = build(http_client)
    weakref.finalize(client, http_client.close)
    return client


@cache
def _tls_context() -> ssl.SSLContext:
    """Load the certificate authorities once: it takes 17 ms and is the same for every client."""
    return httpx2.create_ssl_context()
