"""What a service's list of models tells: that a key is right, which names it has, when they end."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import httpx2

from models.failures.causes import OF_THE_MODEL, cause_of
from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import address_of
from models.service.attempts import Deadline
from models.service.background_import import import_in_thread
from models.service.endpoint import Endpoint

_LIST_SECONDS = 20.0
_MODEL_SECONDS = 5.0
_MOST_NAMES = 5
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_WRONG_KEY = {"Authorization": "Bearer none"}
# Forbidden, or no such address.
_UNAVAILABLE = frozenset({403, 404, 405})


def models_of(endpoint: Endpoint) -> Mapping[str, str | None]:
    """Return the key's models, each with the day on which it ends: "YYYY-MM-DD", None if unsaid.

    Raises ServiceError, also for an answer that is no such list.
    """
    answer = _answer(endpoint, _LIST_SECONDS, lambda models: models.list())
    entries = _entries(_json(answer))
    if entries is None:
        came = answer.headers.get("content-type") or "no type"
        raise ServiceError(
            Kind.BAD_REQUEST,
            Said(f"the answer is no list of models but something else, of type {came}"),
            advice=f"Check the API base URL: the request went to {address_of(answer.request.url)}.",
        )
    return {entry["id"]: _last_day(entry) for entry in entries}


def is_unavailable(failure: ServiceError) -> bool:
    """Return whether a list was refused that the key may not read, or that the service has not."""
    if cause_of(failure.said, failure.status) == "missing_scope":
        return True
    return failure.status in _UNAVAILABLE


def is_public(endpoint: Endpoint) -> bool:
    """Return whether the list is told to any key, so that it proves none.

    OpenRouter's is (charmbracelet/crush#997), and that of servers that ask for no key.
    """
    if endpoint.list_needs_key:
        return False
    try:
        # Over the key's own connection, whose headers a gateway may need.
        _answer(endpoint, _LIST_SECONDS, lambda models: models.list(extra_headers=_WRONG_KEY))
    except ServiceError:
        return False
    return True


def last_day(endpoint: Endpoint) -> str | None:
    """Return the day on which the model ends, None where the service does not say, or fails."""
    once = replace(endpoint, limits=replace(endpoint.limits, attempts=1))
    try:
        answer = _answer(once, _MODEL_SECONDS, lambda models: models.retrieve(endpoint.model))
    except ServiceError:
        return None
    described = _json(answer)
    return _last_day(described) if isinstance(described, Mapping) else None


def with_similar_names(failure: ServiceError, endpoint: Endpoint) -> ServiceError:
    """Return a failure whose way out names the key's models that the wanted one may have meant.

    Any other failure comes back as it is, and so does one whose service does not list its models.
    """
    if cause_of(failure.said, failure.status) not in OF_THE_MODEL:
        return failure
    try:
        names = models_of(endpoint)
    except ServiceError:
        return failure
    similar = get_close_matches(endpoint.model, names, n=_MOST_NAMES, cutoff=0.5)
    if not similar:
        return failure
    advice = failure.advice.removesuffix(".")
    return replace(
        failure, advice=f"{advice}; models of this key with a similar name: {', '.join(similar)}."
    )


def _answer(endpoint: Endpoint, seconds: float, ask: Callable[[Any], Any]) -> httpx2.Response:
    """Return what came, read whole: the library takes anything for a list without models.

    `ask` is handed the library's `models` whose answers are raw.
    """
    import_in_thread("models.service.official_client")
    from models.service.official_client import answer_of  # noqa: PLC0415 - loaded by now

    answer: httpx2.Response = answer_of(
        endpoint,
        Deadline(seconds),
        lambda client: ask(client.models.with_raw_response).http_response,
    )
    return answer


def _json(answer: httpx2.Response) -> object:
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        return None


def _entries(body: object) -> list[Mapping[str, Any]] | None:
    match body:
        # Together answers with the bare list: helixml/helix#386.
        case {"data": list(entries)} | list(entries):
            named = [entry for entry in entries if _has_name(entry)]
            return named if len(named) == len(entries) else None
        # What Ollama has for no model at all: ollama/ollama:openai/openai.go, ToListCompletion.
        case {"object": "list", "data": None}:
            return []
        case _:
            return None


def _has_name(entry: object) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("id"), str)


def _last_day(described: Mapping[str, Any]) -> str | None:
    """Read `shutdown_date` (openai 3.57.0, types/model.py), which only OpenAI has."""
    day = described.get("shutdown_date")
    return day if isinstance(day, str) and _DAY.fullmatch(day) else None
