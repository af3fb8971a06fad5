"""The model parameters of a call as a request can carry them."""

import logging
from collections.abc import Container, Mapping, Sequence

from dify_plugin.entities.model import ParameterRule
from pydantic import JsonValue

from models.failures.words import shown
from models.llm.families import ON_RESPONSES_ALONE, PLACES, family_of
from models.llm.invocation import Invocation
from models.llm.reply import Api
from models.memory import warn_once
from models.service.endpoint import Endpoint

logger = logging.getLogger(__name__)

# Two names of one thing: the second is what reasoning models' forms call it on Azure, in this
# plugin as in the official one (langgenius/dify-official-plugins, azure_openai/constants.py).
_TOKEN_LIMITS = ("max_tokens", "max_completion_tokens")


def is_set(value: JsonValue) -> bool:
    """Return whether a parameter has a value: a form sends an empty one where none was entered."""
    return bool(value.strip()) if isinstance(value, str) else value not in (None, [], {})


def as_the_model_has_them(
    model: str, saved: Mapping[str, JsonValue], rules: Sequence[ParameterRule]
) -> dict[str, JsonValue]:
    """Return the values of a form's fields, those that the model has not left out or lowered.

    An app may have been saved with the form of another plugin or of another model, and goes on
    working: without a choice that this model has not, with the most tokens that it can give. The
    log says so once.
    """
    possible = dict(saved)
    for rule in rules:
        value = saved.get(rule.name)
        if rule.options and isinstance(value, str) and is_set(value) and value not in rule.options:
            del possible[rule.name]
            _warn_changed(model, rule.name, value, f"left out; it has {', '.join(rule.options)}")
    most = min(int(rule.max) for rule in rules if rule.name in _TOKEN_LIMITS and rule.max)
    for name in _TOKEN_LIMITS:
        if isinstance(limit := saved.get(name), int) and limit > most:
            possible[name] = most
            _warn_changed(model, name, str(limit), f"lowered to {most}")
    return possible


def _warn_changed(model: str, name: str, value: str, how: str) -> None:
    warn_once(
        logger,
        ("saved value", model, name),
        f"{model!r} has no `{name}` = `{shown(value)[:20]}`, which was {how}",
    )


def named_as_declared(
    parameters: Mapping[str, JsonValue], declared: Container[str]
) -> dict[str, JsonValue]:
    """Return the parameters that have a value, the token limit under the name that is declared."""
    named = {name: value for name, value in parameters.items() if is_set(value)}
    limits = [named.pop(name) for name in _TOKEN_LIMITS if name in named and name not in declared]
    for name in _TOKEN_LIMITS:
        if limits and name in declared:
            named.setdefault(name, limits[0])
    return named


def token_limit(invocation: Invocation) -> int | None:
    """Return the most tokens that an answer may have, None where nobody set a limit."""
    for name in _TOKEN_LIMITS:
        value = invocation.parameters.get(name)
        if isinstance(value, int):
            return value
    return None


def wants_stream(invocation: Invocation, endpoint: Endpoint) -> bool:
    """Return whether to ask for a stream: Dify and the app want one, and the model has it."""
    switched_off = invocation.parameters.get("enable_stream") is False
    streams = family_of(endpoint.base_model).streams
    return invocation.stream and streams and not switched_off


def place_parameters(
    body: dict[str, JsonValue], invocation: Invocation, endpoint: Endpoint, api: Api
) -> None:
    """Write the parameters that the model takes on this API into a body, each where it stands.

    What it refuses is left out with a warning, once: no answer depends on it enough to fail a call
    that a form made with its defaults.
    """
    family = family_of(endpoint.base_model)
    refused = family.refused_parameters(invocation.parameters.get("reasoning_effort"))
    for name, places in PLACES.items():
        value = invocation.parameters.get(name)
        if not is_set(value):
            continue
        place = places[api]
        only_there = api == "chat" and ON_RESPONSES_ALONE.get(name) == value
        if place is None or name in refused or only_there:
            _warn_left_out(name, endpoint, api)
            continue
        target = body
        for outer in place[:-1]:
            target = target.setdefault(outer, {})  # type: ignore[assignment] # ours, a dict
        target[place[-1]] = value


def _warn_left_out(name: str, endpoint: Endpoint, api: Api) -> None:
    warn_once(
        logger,
        ("parameter", endpoint.name, endpoint.model, api, name),
        f"{endpoint.service}: `{name}` was left out, {endpoint.model!r} does not take it on {api}",
    )


def stream_options(endpoint: Endpoint, **options: JsonValue) -> dict[str, JsonValue]:
    """Return the options of a stream, without the padding that hides how long its pieces are.

    The padding costs bytes, and guards against who can watch an encrypted stream (API reference,
    `stream_options.include_obfuscation`: "if you trust the network links").
    """
    return options | ({"include_obfuscation": False} if endpoint.pads_streams else {})
