"""Read the API base URL as people write it: with spaces, slashes, or a whole request's path."""

import re
from urllib.parse import urlsplit

from models.errors import bad_request

# People paste the address of a request; what it names is the address before these paths.
_REQUEST_PATH = re.compile(
    r"/(chat/completions|responses|completions|embeddings|models|deployments)(/.*)?$"
)


def checked_base_url(text: str, *, service: str) -> str:
    """Return the base URL without request path, query and trailing slash.

    Raises InvokeBadRequestError if it is not an http or https URL with a host.
    """
    parts = urlsplit(text.strip())
    try:
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number, or out of range
        valid = False
    if not valid or re.search(r"\s", parts.netloc):
        raise bad_request(
            f"{service}: the API base URL {_without_secrets(text)!r} is not a web address; "
            "write it as https://HOST or https://HOST/PATH"
        )
    path = _REQUEST_PATH.sub("", parts.path.rstrip("/")).rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _without_secrets(text: str) -> str:
    """Hide a user:password part and a query, where keys are sometimes put."""
    return re.sub(r"//[^/@]*@", "//", text.strip()).split("?")[0]
