"""OpenAI's official client over the connections, sign-in and limits of an endpoint.

For everything but the answers of language models, which `call` sends by itself: the client's
request building costs 0.3 ms of a call (docs/benchmarks.md). Its import costs 0.2 s and 13 MiB, so
this module is imported with `import_in_thread`, by the first call that needs it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import openai

from models.failures.failure import ServiceError, unreadable_answer
from models.failures.reading import from_response
from models.service.attempts import Deadline, attempts, unanswered
from models.service.endpoint import Endpoint

# The connection signs in, with each request anew; the client insists on a sign-in of its own.
_SIGNED_IN_BELOW = "signed in by the connection"
_NO_HEADERS: Mapping[str, str] = {}
# What the library raises over an answer that is not of the shape that it expects.
_MISSHAPEN = (
    openai.APIError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    RecursionError,
)


def official_client(
    endpoint: Endpoint, deadline: Deadline, headers: Mapping[str, str] = _NO_HEADERS
) -> openai.OpenAI:
    """Return a client whose requests go out as all others of this endpoint do, with `headers`.

    It never retries by itself, and all that it waits for ends with the deadline.
    """
    connection = endpoint.connection
    signed = connection.http.headers
    key = signed.get("api-key") or signed.get("authorization", "").removeprefix("Bearer ")
    settings: dict[str, Any] = {
        "http_client": connection.http,
        "max_retries": 0,
        "timeout": httpx2.Timeout(**deadline.timeouts()),
    }
    client: openai.OpenAI
    if connection.api_version is None:
        client = openai.OpenAI(
            api_key=key or _SIGNED_IN_BELOW, base_url=connection.base_url, **settings
        )
    else:
        # As a token it is replaced by the connection's; as a key it would be sent beside it.
        client = openai.AzureOpenAI(
            api_key=key or None,
            azure_ad_token=None if key else _SIGNED_IN_BELOW,
            base_url=connection.base_url,
            api_version=connection.api_version,
            **settings,
        )
    # Never from the environment of the daemon, which is not this credential's.
    client._custom_headers = {
        **headers,
        **{
            name: signed.get(name) or openai.Omit()  # type: ignore[misc] # takes Omit
            for name in ("OpenAI-Organization", "OpenAI-Project")
        },
    }
    return client


def answer_of[Answer](
    endpoint: Endpoint, deadline: Deadline, ask: Callable[[openai.OpenAI], Answer]
) -> Answer:
    """Return what `ask` gets of the client, tried again where that can help.

    `ask` reads the whole answer, also a streamed one. Raises ServiceError, and nothing else that
    the service or the network can cause.
    """
    for attempt in attempts(deadline, endpoint.limits.attempts):
        with attempt:
            return translated(ask, official_client(endpoint, deadline), deadline)
    raise AssertionError("the last attempt returns or raises")


def translated[Answer](
    ask: Callable[[openai.OpenAI], Answer], client: openai.OpenAI, deadline: Deadline
) -> Answer:
    """Return what `ask` gets of the client, asked once. Raises ServiceError alone, as above."""
    try:
        return ask(client)
    except openai.APIStatusError as error:
        raise from_response(error.response) from None
    except openai.APIConnectionError as error:
        match error.__cause__:
            case ServiceError() as failure:
                raise failure from None
            case httpx2.TransportError() as broken:
                raise unanswered(broken, deadline) from None
            case _:
                raise unreadable_answer() from None
    except _MISSHAPEN:
        raise unreadable_answer() from None
