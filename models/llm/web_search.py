"""Web search: what the app asked for, checked before the request."""

import re
from dataclasses import dataclass

from pydantic import JsonValue

from models.failures.failure import bad_request
from models.llm.invocation import Invocation

_COUNTRY = re.compile(r"[A-Z]{2}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
# Web search guide, "Domain filtering".
_MAX_DOMAINS = 100


@dataclass(frozen=True, slots=True)
class WebSearch:
    """A search tool: the country to search from ("" for any), the only domains to search."""

    country: str
    domains: tuple[str, ...]
    include_sources: bool


def web_search(invocation: Invocation) -> WebSearch | None:
    """Return the search that the parameters ask for, None if it is not switched on.

    Raises InvokeBadRequestError for a country or a domain that is none.
    """
    parameters = invocation.parameters
    if parameters.get("enable_web_search") is not True:
        return None
    country = str(parameters.get("web_search_user_country") or "").strip().upper()
    if country and not _COUNTRY.fullmatch(country):
        raise bad_request(
            f"The web search country {country!r} is not a country code; use two letters, e.g. DE"
        )
    domains = tuple(dict.fromkeys(_domains(parameters.get("web_search_allowed_domains"))))
    if len(domains) > _MAX_DOMAINS:
        raise bad_request(
            f"Web search takes at most {_MAX_DOMAINS} allowed domains, not {len(domains)}"
        )
    include = parameters.get("web_search_include_sources") is True
    return WebSearch(country, domains, include)


def wants_citations(invocation: Invocation) -> bool:
    """Return whether the cited pages are to be listed: a search was asked for."""
    return web_search(invocation) is not None


def _domains(value: JsonValue) -> list[str]:
    """Return the domains of a list, or of a text with commas, spaces or lines between them."""
    written = value if isinstance(value, list) else re.split(r"[\s,;]+", str(value or ""))
    return [_domain(str(entry)) for entry in written if str(entry).strip()]


def _domain(written: str) -> str:
    host = re.sub(r"^[a-z]+://", "", written.strip().lower()).split("/")[0].split(":")[0]
    if not _DOMAIN.fullmatch(host):
        raise bad_request(
            f"The allowed domain {written!r} is not a domain; write it as example.com"
        )
    return host
