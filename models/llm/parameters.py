"""The model parameters of a call as a request can carry them."""

import logging

from pydantic import JsonValue

from models.endpoints.endpoint import Endpoint
from models.families import PLACES, Family
from models.llm.invocation import Invocation
from models.llm.reply import Api
from models.log_once import warn_once

logger = logging.getLogger(__name__)

# Two names of one thing: the second is what reasoning models' forms call it on Azure.
_TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")


def token_limit(invocation: Invocation) -> int | None:
    """Return the most tokens that an answer may have, None where nobody set a limit."""
    for name in _TOKEN_LIMITS:
        value = invocation.parameters.get(name)
        if isinstance(value, int):
            return value
    return None


def wants_stream(invocation: Invocation, family: Family) -> bool:
    """Return whether to ask for a stream: Dify and the app want one, and the model has it."""
    switched_off = invocation.parameters.get("enable_stream") is False
    return invocation.stream and family.streams and not switched_off


def place_parameters(
    body: dict[str, JsonValue], invocation: Invocation, endpoint: Endpoint, api: Api
) -> None:
    """Write the parameters that the model takes on this API into a body, each where it stands.

    What it refuses is left out with a warning, once: no answer depends on it enough to fail a call
    that a form made with its defaults.
    """
    refused = endpoint.family.refused_parameters(invocation.parameters.get("reasoning_effort"))
    for name, places in PLACES.items():
        value = invocation.parameters.get(name)
        if value is None or value == "":
            continue
        place = places[api]
        if place is None or name in refused:
            _warn_left_out(name, endpoint, api)
            continue
        target = body
        for outer in place[:-1]:
            target = target.setdefault(outer, {})  # type: ignore[assignment] # ours, a dict
        target[place[-1]] = value


def _warn_left_out(name: str, endpoint: Endpoint, api: Api) -> None:
    warn_once(
        logger,
        ("parameter", endpoint.metadata.endpoint, endpoint.model, api, name),
        f"{endpoint.service}: `{name}` was left out, {endpoint.model!r} does not take it on {api}",
    )
