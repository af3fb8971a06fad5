"""What an endpoint refuses of a request, recognised and remembered.

Servers differ in what they know, and lists of servers age. So a call is sent as OpenAI and Azure
take it, repeated without a field that the server says it does not know (`leaving_out`), and the
field is remembered for ten minutes once that repetition has succeeded.
"""

import logging
from collections.abc import Callable

from models.failures.failure import ServiceError
from models.failures.refused import FOREIGN_REASONING, named_fields
from models.memory import ExpiringMemory
from models.service.endpoint import Endpoint
from models.service.leaving_out import Body, sent_as
from models.service.model_ends import with_end

logger = logging.getLogger(__name__)

NOTHING: frozenset[str] = frozenset()

# In the memory, beside the APIs: which of them an endpoint lacks.
_APIS = "api"
# Nothing that a call can do without, so it takes the other API.
_TOOLS = "tools"
# Refusals of a request's form; any other status is about something else.
_STATUSES = frozenset({400, 422, 501})

_refused = ExpiringMemory[tuple[str, str, str], frozenset[str]]()


def doing_without[Answer](
    endpoint: Endpoint,
    api: str,
    body: Callable[[frozenset[str]], Body],
    send: Callable[[Body], Answer],
) -> Answer:
    """Return what `send` gets for a body, sent once more for each field that is refused of it.

    `body` makes the body anew for each sending, as an endpoint takes it that refuses these fields
    (`leaving_out.without`). Raises the ServiceError of `send` that no field is to blame for.
    """
    known = refused_by(endpoint, api)
    learned = NOTHING
    while True:
        sent = body(known | learned)
        try:
            answer = send(sent)
        except ServiceError as failure:
            fields = refused_fields(failure, sent, endpoint)
            if not fields - known - learned:
                raise with_end(failure, endpoint) from None
            learned |= fields
            continue
        if learned:
            # Now it is certain: the same call succeeded without them.
            remember(endpoint, api, known | learned)
        return answer


def refused_by(endpoint: Endpoint, api: str) -> frozenset[str]:
    """Return what an endpoint has refused lately on an API."""
    return _refused.recall((endpoint.name, endpoint.model, api)) or NOTHING


def refused_fields(failure: ServiceError, body: Body, endpoint: Endpoint) -> frozenset[str]:
    """Return the fields of `body` that a refusal is about and that a call can do without."""
    if failure.status not in _STATUSES:
        return NOTHING
    named = {sent_as(name, body) for name in named_fields(failure.said)} - {None}
    if endpoint.keeps_store and body.get("store") is False:
        # Whatever it says: without the field it would keep every prompt.
        named.discard("store")
    return frozenset(filter(None, named))


def remember(endpoint: Endpoint, api: str, fields: frozenset[str]) -> None:
    """Remember for ten minutes what an endpoint does without; the log says what is new.

    Other calls may have learned something meanwhile, and go on learning while the log is written.
    """
    known = refused_by(endpoint, api)
    lasting = fields - {FOREIGN_REASONING}
    if not lasting:
        return
    _refused.remember((endpoint.name, endpoint.model, api), known | lasting)
    for field in sorted(lasting - known):
        logger.warning(
            "%s: %r refuses `%s` on %s; calls do without it for ten minutes",
            endpoint.service,
            endpoint.model,
            field.replace("=", "` = `"),
            api,
        )


def remember_lacking(endpoint: Endpoint, api: str) -> None:
    """Remember for ten minutes that an endpoint lacks an API; the log says so where it is new."""
    known = lacks(endpoint, api)
    _refused.remember((endpoint.name, endpoint.model, _APIS), frozenset({api}))
    if not known:
        logger.warning(
            "%s: %r is not served on %s; calls take the other API for ten minutes",
            endpoint.service,
            endpoint.model,
            api,
        )


def lacks(endpoint: Endpoint, api: str) -> bool:
    """Return whether an endpoint has lately been seen to lack an API."""
    return api in refused_by(endpoint, _APIS)


def remember_without_tools(endpoint: Endpoint) -> None:
    """Remember for ten minutes that a model takes no tools on Chat Completions."""
    remember(endpoint, "chat", frozenset({_TOOLS}))


def takes_no_chat_tools(endpoint: Endpoint) -> bool:
    """Return whether a model has lately been seen to take no tools on Chat Completions."""
    return _TOOLS in refused_by(endpoint, "chat")
