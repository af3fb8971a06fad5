"""The model parameters of a call as a request can carry them."""

import logging

from pydantic import JsonValue

from models.endpoints.endpoint import Endpoint
from models.llm.invocation import Invocation
from models.llm.reply import Api
from models.log_once import warn_once

logger = logging.getLogger(__name__)

# Parameters that speak to the plugin and never to the service.
_OURS = frozenset({"enable_stream"})
# Two names of one thing: the second is what reasoning models' forms call it on Azure.
_TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")


def token_limit(invocation: Invocation) -> int | None:
    """Return the most tokens that an answer may have, None where nobody set a limit."""
    for name in _TOKEN_LIMITS:
        value = invocation.parameters.get(name)
        if isinstance(value, int):
            return value
    return None


def wants_stream(invocation: Invocation) -> bool:
    """Return whether the service is asked to stream: Dify asked for it, nobody switched it off."""
    return invocation.stream and invocation.parameters.get("enable_stream") is not False


def taken_parameters(invocation: Invocation, endpoint: Endpoint, api: Api) -> dict[str, JsonValue]:
    """Return the parameters that the model takes on this API, without the token limit.

    What it refuses is left out with a warning, once: the answer does not depend on it enough to
    fail a call that a form made with its defaults.
    """
    refused = endpoint.family.refused_parameters(api)
    taken: dict[str, JsonValue] = {}
    for name, value in invocation.parameters.items():
        if name in _OURS or name in _TOKEN_LIMITS or value is None or value == "":
            continue
        if name in refused:
            _warn_dropped(name, endpoint, api)
            continue
        taken[name] = value
    return taken


def _warn_dropped(name: str, endpoint: Endpoint, api: Api) -> None:
    warn_once(
        logger,
        ("parameter", endpoint.metadata.endpoint, endpoint.model, api, name),
        f"{endpoint.service}: `{name}` was left out, {endpoint.model!r} does not take it on {api}",
    )
