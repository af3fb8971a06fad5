"""What both credential forms have: the address, headers, proxy, certificates and limits of calls.

Each is read as people write it and checked before a request fails over it. Dify's text fields hold
one line, so line breaks may be gone, or written as `\\n`.
"""

import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import httpx2

from models.failures.failure import bad_request
from models.failures.words import shown
from models.service.attempts import CALL_LIMIT_SECONDS, MOST_ATTEMPTS

# People paste the address of a request, which ends in one of these. Inside a path the same words
# are a gateway's own, `/models/NAME/v1`.
_REQUEST_PATHS = frozenset(
    {
        "audio/speech",
        "audio/transcriptions",
        "audio/translations",
        "chat/completions",
        "completions",
        "embeddings",
        "models",
        "moderations",
        "responses",
    }
)
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_OUR_HEADERS = frozenset(
    {
        "accept-encoding",
        "api-key",
        "authorization",
        "connection",
        "content-length",
        "content-type",
        "cookie",
        "host",
        "openai-organization",
        "openai-project",
        "transfer-encoding",
    }
)
_OUR_HEADER_PREFIX = "x-dify-"
_CERTIFICATE = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \1-----")
_MAX_ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a call may take, in seconds, and how often it is tried."""

    seconds: float = CALL_LIMIT_SECONDS
    attempts: int = MOST_ATTEMPTS


@lru_cache(256)
def checked_base_url(text: str, *, service: str) -> str:
    """Return the base URL without user, request path, query, fragment and trailing slash.

    Raises InvokeBadRequestError if it is not an http or https URL with a host.
    """
    if not is_web_address(text.strip()):
        raise bad_request(
            f"{service}: the API base URL {without_secrets(text)!r} is not a web address; "
            "write it as https://HOST or https://HOST/PATH"
        )
    parts = urlsplit(text.strip())
    path = _without_request_path(parts.path)
    # A user:password would never be sent, but be told with the address.
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{path}"


def checked_header_text(text: str, *, label: str, service: str) -> str:
    """Return a text that a header can carry: printable ASCII (RFC 9110, section 5.5).

    Raises InvokeBadRequestError for any other, without showing it: it may be most of a key.
    """
    if not (text.isascii() and text.isprintable()):
        raise bad_request(
            f"{service}: the {label} has a line break or a character other than plain letters, "
            "digits and signs; copy it again and enter it in the settings"
        )
    return text


def extra_headers(credentials: Mapping[str, str], *, service: str) -> dict[str, str]:
    """Return the headers that go with every request: `extra_headers`, one `Name: value` a line.

    A JSON object is read as well. Raises InvokeBadRequestError for what is no header, or one of the
    plugin's own, without showing a value.
    """
    headers = written_headers(
        credentials.get("extra_headers") or "", what="extra header", service=service
    )
    for name in headers:
        if name.lower() in _OUR_HEADERS or name.lower().startswith(_OUR_HEADER_PREFIX):
            raise bad_request(
                f"{service}: the extra header {name!r} is set by the plugin; take it out"
            )
    return headers


def written_headers(text: str, *, what: str, service: str) -> dict[str, str]:
    """Return headers that are written one `Name: value` a line, or as a JSON object.

    `what` is the word for one of them in sentences. Raises InvokeBadRequestError for what is no
    header, without showing a value.
    """
    headers: dict[str, str] = {}
    for name, value in _pairs(text.strip(), what, service):
        if not _HEADER_NAME.fullmatch(name):
            raise bad_request(
                f"{service}: an {what}'s name is not one; write a line `Name: value` for each"
            )
        headers[name] = checked_header_text(
            value, label=f"value of the {what} {name!r}", service=service
        )
    return headers


def _pairs(text: str, what: str, service: str) -> list[tuple[str, str]]:
    if text.startswith("{"):
        try:
            written = json.loads(text)
        except (ValueError, RecursionError):
            raise bad_request(
                f"{service}: the {what}s are not JSON; write them as "
                '{"Name": "value"} or as lines `Name: value`'
            ) from None
        return [(str(name).strip(), str(value).strip()) for name, value in written.items()]
    lines = (line.strip() for line in re.split(r"\n|\\n", text))
    pairs = (line.partition(":") for line in lines if line)
    # A line without a colon has no name: it may be a key, and names are shown.
    return [(name.strip() if colon else "", value.strip()) for name, colon, value in pairs]


def proxy_url(credentials: Mapping[str, str], *, service: str) -> str:
    """Return `proxy_url`, "" for none. Raises InvokeBadRequestError if it is not http or https."""
    text = (credentials.get("proxy_url") or "").strip()
    if text and not is_web_address(text):
        raise bad_request(
            f"{service}: the proxy URL {without_secrets(text)!r} is not a web address; write it "
            "as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
        )
    return text.rstrip("/")


def ca_certificates(credentials: Mapping[str, str], *, service: str) -> str:
    """Return `ca_certificate` as PEM text, "" for none; several may follow each other.

    Raises InvokeBadRequestError if it holds no certificate.
    """
    text = (credentials.get("ca_certificate") or "").strip()
    return _checked_pem(text, service) if text else ""


@lru_cache(16)
def _checked_pem(text: str, service: str) -> str:
    pem = pem_text(text)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        raise bad_request(
            f"{service}: the CA certificate is not PEM text; paste it whole, from "
            "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
        ) from None
    return pem


def pem_text(text: str) -> str:
    """Return PEM blocks with the line breaks that a one-line field took away; "" if there is none.

    RFC 7468, section 2: lines of 64 characters between the two labels.
    """
    blocks = ((label, re.sub(r"\s+|\\n", "", body)) for label, body in _CERTIFICATE.findall(text))
    return "".join(
        f"-----BEGIN {label}-----\n"
        + "".join(f"{body[at : at + 64]}\n" for at in range(0, len(body), 64))
        + f"-----END {label}-----\n"
        for label, body in blocks
    )


def call_limits(credentials: Mapping[str, str], *, service: str) -> CallLimits:
    """Return the limits of a call: `request_timeout` in seconds, `max_attempts`.

    Raises InvokeBadRequestError for a number outside what Dify itself allows.
    """
    seconds = _number(
        credentials, "request_timeout", "request timeout", int(CALL_LIMIT_SECONDS), service
    )
    most = _number(credentials, "max_attempts", "number of attempts", _MAX_ATTEMPTS, service)
    return CallLimits(seconds or CALL_LIMIT_SECONDS, most or MOST_ATTEMPTS)


def _number(
    credentials: Mapping[str, str], name: str, label: str, most: int, service: str
) -> int | None:
    text = (credentials.get(name) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= most):
        raise bad_request(
            f"{service}: the {label} {shown(text)[:20]!r} is not a whole number from 1 to {most}"
        )
    return int(text)


def _without_request_path(path: str) -> str:
    segments = path.split("/")
    while segments:
        # An empty one is behind a slash that ends the path, of which there may be several.
        known = next((n for n in (2, 1) if "/".join(segments[-n:]) in _REQUEST_PATHS), 0)
        if not known and segments[-1]:
            break
        del segments[-(known or 1) :]
    return "/".join(segments)


def is_web_address(text: str) -> bool:
    """Return whether a text is an http or https URL that the client takes."""
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


def without_secrets(text: str) -> str:
    """Hide a user:password part, even without a scheme, a query and a fragment, and keys."""
    address = re.sub(r"^([^:/@]*://)?.*@", r"\1", text.strip(), flags=re.DOTALL)
    return shown(re.split("[?#]", address)[0])
