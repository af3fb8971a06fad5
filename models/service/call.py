"""The one way to a service, for every model type: send, do without what is refused, translate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import gevent
import httpx2

from models.failures.failure import unreadable_answer
from models.failures.reading import from_response
from models.service import leaving_out, refusals
from models.service.attempts import Deadline, unanswered
from models.service.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Request:
    """A request before it is sent. `api` names what is asked for, in the memory of refusals.

    `body` makes the JSON body anew for each sending, as an endpoint takes it that refuses these
    fields (`leaving_out.without`).
    """

    path: str
    api: str
    headers: Mapping[str, str]
    body: Callable[[frozenset[str]], leaving_out.Body]


def send(endpoint: Endpoint, request: Request, deadline: Deadline) -> httpx2.Response:
    """Return the response, open, of a request that the service has taken: whoever calls this
    closes it.

    A request that is refused for a field which a call can do without goes out once more for each
    such field. Raises ServiceError for a status that is no success, no connection, or the deadline.
    """
    return refusals.doing_without(
        endpoint,
        request.api,
        request.body,
        lambda body: _open(endpoint, request, body, deadline),
    )


def _open(
    endpoint: Endpoint, request: Request, body: leaving_out.Body, deadline: Deadline
) -> httpx2.Response:
    # Here and below way is made for running streams: of fifty calls that come at once all would be
    # sent, and all answers read, before the next piece of a stream.
    gevent.sleep(0)
    try:
        response = endpoint.connection.open(
            request.path, endpoint.model, body, request.headers, deadline
        )
    except httpx2.TransportError as error:
        raise unanswered(error, deadline) from None
    except UnicodeError:
        raise unreadable_answer() from None
    if response.is_success:
        gevent.sleep(0)
        return response
    raise from_response(response)
