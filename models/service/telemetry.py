"""Whether and where the calls of an endpoint are counted: two fields of the form, or none."""

import os
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from urllib.parse import unquote, urlsplit

from models.failures.failure import bad_request
from models.service.settings import is_web_address, without_secrets, written_headers
from models.telemetry import feed
from models.telemetry.destination import (
    METRICS_PATH,
    Destination,
    is_off,
    of_the_environment,
)
from models.telemetry.facts import told

type Report = Callable[[Mapping[str, object]], None]
_FIELD, _HEADERS = "otlp_endpoint", "otlp_headers"
# What a receiver is told goes down a pipe in one piece.
_MOST_HEADER_CHARACTERS = 2000
_PORTS = {"http": 80, "https": 443}


def report_of(credentials: Mapping[str, str], base_url: str, *, service: str) -> Report | None:
    """Return what takes the usage lines of an endpoint's calls, None where nobody counts them.

    The form's endpoint comes before the environment's. Raises InvokeBadRequestError for one, or
    headers, that cannot be used.
    """
    destination = destination_of_the_form(credentials, service=service) or of_the_environment()
    if destination is None or is_off(os.environ):
        return None
    parts = urlsplit(base_url)
    host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    return partial(_send, destination, {"host": host, "port": port})


def _send(
    destination: Destination, server: Mapping[str, object], line: Mapping[str, object]
) -> None:
    feed.send(destination, {**told(line), **server})


def destination_of_the_form(credentials: Mapping[str, str], *, service: str) -> Destination | None:
    """Return what a form names, None where it names nothing; raises as `report_of` does."""
    written = (credentials.get(_FIELD) or "").strip()
    headers = (credentials.get(_HEADERS) or "").strip()
    return _destination(written, headers, service) if written else None


@lru_cache(64)
def _destination(written: str, headers: str, service: str) -> Destination:
    if not is_web_address(written) or re.search("[?#]", written):
        raise bad_request(
            f"{service}: the telemetry endpoint {without_secrets(written)!r} is no address of a "
            "receiver of OTLP over HTTP; write it as https://HOST:4318"
        )
    parts = urlsplit(written)
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
    path = "" if address.endswith(METRICS_PATH) else METRICS_PATH
    return Destination(f"{address}{path}", _headers(headers, service))


def _headers(written: str, service: str) -> tuple[tuple[str, str], ...]:
    """Read headers as the other fields have them, or as OTEL_EXPORTER_OTLP_HEADERS does."""
    name, equals, _ = written.partition("=")
    if equals and ":" not in name and not written.lstrip().startswith("{"):
        pairs = (pair.partition("=") for pair in written.split(","))
        written = "\n".join(f"{unquote(name)}: {unquote(value)}" for name, _, value in pairs)
    headers = written_headers(written, what="OTLP header", service=service)
    if sum(map(len, (*headers, *headers.values()))) > _MOST_HEADER_CHARACTERS:
        raise bad_request(
            f"{service}: the OTLP headers have more than {_MOST_HEADER_CHARACTERS} characters; "
            "leave those out that the receiver does not need"
        )
    return tuple(headers.items())
