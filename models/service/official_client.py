"""OpenAI's official client over the connections, sign-in and limits of an endpoint.

For everything but the answers of language models, which `call` sends by itself: the client's
request building costs 0.3 ms of a call (docs/benchmarks.md). Its import costs 0.2 s and 13 MiB, so
this module is imported with `import_in_thread`, by the first call that needs it.
"""

from collections.abc import Callable

import httpx2
import openai

from models.failures.failure import unreadable_answer
from models.failures.reading import from_response, from_transport_error
from models.service.attempts import Deadline, attempts
from models.service.endpoint import Endpoint

# The connection signs in, with each request anew; the client insists on a key of its own.
_SIGNED_IN_BELOW = "signed in by the connection"


def official_client(endpoint: Endpoint, deadline: Deadline) -> openai.OpenAI:
    """Return a client whose requests go out as all others of this endpoint do.

    It never retries by itself and waits no longer for a piece of an answer than the deadline says.
    """
    connection = endpoint.connection
    signed = connection.http.headers
    key = signed.get("api-key") or signed.get("authorization", "").removeprefix("Bearer ")
    timeout = httpx2.Timeout(deadline.remaining())
    # Never from the environment of the daemon, which is not this credential's.
    headers = {
        name: signed.get(name) or openai.Omit()
        for name in ("OpenAI-Organization", "OpenAI-Project")
    }
    if connection.api_version is None:
        return openai.OpenAI(
            api_key=key or _SIGNED_IN_BELOW,
            base_url=connection.base_url,
            default_headers=headers,  # type: ignore[arg-type] # documented to take Omit
            http_client=connection.http,
            max_retries=0,
            timeout=timeout,
        )
    return openai.AzureOpenAI(
        api_key=key or _SIGNED_IN_BELOW,
        base_url=connection.base_url,
        api_version=connection.api_version,
        default_headers=headers,  # type: ignore[arg-type] # documented to take Omit
        http_client=connection.http,
        max_retries=0,
        timeout=timeout,
    )


def answer_of[Answer](
    endpoint: Endpoint, deadline: Deadline, ask: Callable[[openai.OpenAI], Answer]
) -> Answer:
    """Return what `ask` gets of the client, tried again where that can help.

    `ask` reads the whole answer, also a streamed one. Raises ServiceError, and nothing else that
    the service or the network can cause.
    """
    client = official_client(endpoint, deadline)
    for attempt in attempts(deadline, endpoint.limits.attempts):
        with attempt:
            return _translated(ask, client, deadline)
    raise AssertionError("the last attempt returns or raises")


def _translated[Answer](
    ask: Callable[[openai.OpenAI], Answer], client: openai.OpenAI, deadline: Deadline
) -> Answer:
    try:
        return ask(client)
    except openai.APIStatusError as error:
        raise from_response(error.response) from None
    except openai.APITimeoutError:
        raise deadline.expired() from None
    except openai.APIConnectionError as error:
        cause = error.__cause__
        if isinstance(cause, httpx2.TransportError):
            raise from_transport_error(cause) from None
        raise unreadable_answer() from None
    except (httpx2.TransportError, httpx2.DecodingError, openai.APIError, ValueError):
        raise unreadable_answer() from None
