"""The environment's proxy, which requests take where the settings name none."""

import re
from importlib.util import find_spec
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from models.failures.failure import bad_request
from models.failures.words import shown

_INSTEAD = (
    "set HTTPS_PROXY or ALL_PROXY to http://HOST:PORT, name the service's host in NO_PROXY, or "
    "enter a Proxy URL in the settings"
)


def environment_proxy(base_url: str) -> str:
    """Return the proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY name for an address.

    "" for none. Raises InvokeBadRequestError for one that cannot be used.
    """
    parts = urlsplit(base_url)
    if proxy_bypass(parts.netloc):
        return ""
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all") or ""
    if proxy and "://" not in proxy:
        proxy = f"http://{proxy}"
    if proxy and (fault := _fault(proxy)):
        address = shown(re.sub("//.*@", "//", proxy))
        raise bad_request(f"The environment's proxy {address!r} {fault}; {_INSTEAD}")
    return proxy


def _fault(proxy: str) -> str:
    """Say why the client does not take a proxy, "" where it does."""
    try:
        url = httpx2.Proxy(proxy).url
        # Its own reading refuses less than the one of whoever connects.
        parts = urlsplit(proxy)
        usable = bool(url.host) and parts.port != 0 and parts.path in {"", "/"}
    except (ValueError, httpx2.InvalidURL):
        usable = False
    if not usable or re.search(r"\s", proxy):
        return "is no address of a proxy that the plugin can use"
    if url.scheme not in {"http", "https"} and find_spec("socksio") is None:
        return (
            "speaks SOCKS, for which the package `socksio` is missing: install it where the plugin "
            "runs"
        )
    return ""
