"""The check of credentials when their form is saved: the cheapest calls that prove them."""

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from itertools import groupby

from dify_plugin.entities.model.message import UserPromptMessage
from dify_plugin.errors.model import CredentialsValidateFailedError, InvokeError

from models.attribution import Attribution
from models.failures.causes import OF_THE_MODEL, cause_of
from models.failures.failure import Kind, ServiceError, bad_request, told_to_dify
from models.failures.refused_check import sentence_of
from models.llm.generate import events_of
from models.llm.invocation import Invocation
from models.memory import warn_once
from models.service import model_list
from models.service.endpoint import Endpoint

logger = logging.getLogger(__name__)

# The least that Responses accepts; an answer that is cut off proves a key as well as a whole one.
_PING_TOKENS = 16


def check_key(endpoint_of: Callable[[], Endpoint], offered: Collection[str]) -> None:
    """Prove a key without any model where that can be, and log which `offered` models end.

    The endpoint is that of a current model: it is asked where the list of models proves nothing.
    What is refused of that model alone proves the key, since a wrong one is refused before.

    Raises CredentialsValidateFailedError with one sentence: what is wrong, and what to do.
    """
    _check(endpoint_of, lambda endpoint: _prove_key(endpoint, offered))


def check_model(endpoint_of: Callable[[], Endpoint]) -> None:
    """Ask for a few tokens: the cheapest call that proves key, address and model together.

    Raises CredentialsValidateFailedError with one sentence: what is wrong, and what to do.
    """
    _check(endpoint_of, _prove_model)


def _check(endpoint_of: Callable[[], Endpoint], prove: Callable[[Endpoint], None]) -> None:
    try:
        with told_to_dify("The settings", tuple):
            # No app asks for this, and nothing is to be said about that.
            endpoint = replace(endpoint_of(), attribution=Attribution())
        with told_to_dify(endpoint.service, lambda: endpoint.connection.secrets):
            try:
                prove(endpoint)
            except ServiceError as failure:
                raise bad_request(_sentence(failure, endpoint)) from None
    except InvokeError as error:
        raise CredentialsValidateFailedError(str(error)) from None


def _sentence(failure: ServiceError, endpoint: Endpoint) -> str:
    secrets = endpoint.connection.secrets
    return sentence_of(failure, service=endpoint.service, model=endpoint.model, secrets=secrets)


def _prove_key(endpoint: Endpoint, offered: Collection[str]) -> None:
    try:
        models = model_list.models_of(endpoint)
    except ServiceError as failure:
        if not model_list.is_unavailable(failure):
            raise
        _ask_any(endpoint)
        return
    if model_list.is_public(endpoint):
        try:
            _ask_any(endpoint)
        except ServiceError as failure:
            # Of the address and the service the list was proof enough.
            if failure.kind is Kind.AUTHORIZATION:
                raise
    _warn_of_ends(endpoint, {name: day for name, day in models.items() if name in offered})


def _prove_model(endpoint: Endpoint) -> None:
    try:
        _ask(endpoint)
    except ServiceError as failure:
        raise model_list.with_similar_names(failure, endpoint) from None
    if endpoint.tells_last_days:
        _warn_of_ends(endpoint, {endpoint.model: model_list.last_day(endpoint)})


def _ask_any(endpoint: Endpoint) -> None:
    try:
        _ask(endpoint)
    except ServiceError as failure:
        if cause_of(failure.said, failure.status) not in OF_THE_MODEL:
            raise


def _ask(endpoint: Endpoint) -> None:
    ping = Invocation(
        model=endpoint.model,
        messages=(UserPromptMessage(content="ping"),),
        parameters={"max_tokens": _PING_TOKENS},
        tools=(),
        stop=(),
        stream=False,
        user=None,
        app_id=None,
    )
    try:
        for _ in events_of(ping, endpoint, may_be_empty=True):
            pass
    except ServiceError as failure:
        # It reasoned, so key, address and model are right.
        if cause_of(failure.said, failure.status) != "too_few_tokens":
            raise


def _warn_of_ends(endpoint: Endpoint, last_days: dict[str, str | None]) -> None:
    """Log once which models end on which day, the next one first."""
    ending = sorted((day, name) for name, day in last_days.items() if day)
    ends = "; ".join(
        f"{', '.join(name for _, name in models)} on {day}"
        for day, models in groupby(ending, key=lambda end: end[0])
    )
    if ends:
        text = f"{endpoint.service} shuts down {ends}; choose other models in apps before that day"
        warn_once(logger, ("last days", endpoint.name, ends), text)
