"""Read the API base URL as people write it: with spaces, slashes, or a whole request's path."""

import re
from functools import lru_cache
from urllib.parse import urlsplit

import httpx2

from models.errors import bad_request

# People paste the address of a request; what it names is the address before these paths.
_REQUEST_PATH = re.compile(
    r"/(chat/completions|responses|completions|embeddings|models|deployments)(/.*)?$"
)


@lru_cache(256)
def checked_base_url(text: str, *, service: str) -> str:
    """Return the base URL without request path, query and trailing slash; the same on every call.

    Raises InvokeBadRequestError if it is not an http or https URL with a host.
    """
    if not _is_web_address(text.strip()):
        raise bad_request(
            f"{service}: the API base URL {_without_secrets(text)!r} is not a web address; "
            "write it as https://HOST or https://HOST/PATH"
        )
    parts = urlsplit(text.strip())
    path = _REQUEST_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"} or re.search(r"\s", text):
            return False
        # The client's own reading, and the resolver's: both refuse more than the one above.
        url = httpx2.URL(text)
        resolved = url.raw_host.decode("ascii").encode("idna")
        return bool(url.host) and bool(resolved) and parts.port != 0
    except (ValueError, httpx2.InvalidURL):  # also a host or port that cannot be one
        return False


def _without_secrets(text: str) -> str:
    """Hide a user:password part and a query, where keys are sometimes put."""
    return re.sub(r"//[^/@]*@", "//", text.strip()).split("?")[0]
