"""What language models add to the check of credentials: the cheapest calls that prove a key."""

from collections.abc import Callable, Collection

from dify_plugin.entities.model.message import UserPromptMessage

from models.credential_check import check, warn_of_ends
from models.failures.causes import OF_THE_MODEL, cause_of
from models.failures.failure import Kind, ServiceError
from models.llm.generate import events_of
from models.llm.invocation import Invocation
from models.service import model_list
from models.service.endpoint import Endpoint

# The least that Responses accepts; an answer that is cut off proves a key as well as a whole one.
_PING_TOKENS = 16


def check_key(endpoint_of: Callable[[], Endpoint], offered: Collection[str]) -> None:
    """Prove a key without any model where that can be, and log which `offered` models end.

    The endpoint is that of a current model: it is asked where the list of models proves nothing.
    What is refused of that model alone proves the key, since a wrong one is refused before.

    Raises CredentialsValidateFailedError with one sentence: what is wrong, and what to do.
    """
    check(endpoint_of, lambda endpoint: _prove_key(endpoint, offered))


def ask_for_a_few_tokens(endpoint: Endpoint) -> None:
    """Make the cheapest call that proves key, address and model together. Raises ServiceError."""
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
    warn_of_ends(endpoint, {name: day for name, day in models.items() if name in offered})


def _ask_any(endpoint: Endpoint) -> None:
    try:
        ask_for_a_few_tokens(endpoint)
    except ServiceError as failure:
        if cause_of(failure.said, failure.status) not in OF_THE_MODEL:
            raise
