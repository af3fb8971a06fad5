"""The bytes of an open response, with an honest failure when they stop coming."""

from collections.abc import Iterator
from contextlib import suppress

import gevent
import httpx2

from models.endpoints.deadline import Deadline
from models.errors import ServiceError, connection_failure, unreadable_answer

_LAST_BYTES_SECONDS = 1.0


def read_to_end(content: Iterator[bytes]) -> None:
    """Read what follows an answer's last event: only then can another call use the connection.

    A server that does not end its response soon loses the connection; the answer is complete.
    """
    with suppress(ServiceError, gevent.Timeout), gevent.Timeout(_LAST_BYTES_SECONDS):
        for _ in content:
            pass


def response_bytes(response: httpx2.Response, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body as it arrives and close the response at the end, however that comes.

    Raises ServiceError when the connection breaks, the deadline passes or the body cannot be
    unpacked; a connection that broke before the first byte may be tried again.
    """
    arrived = False
    try:
        pieces = response.iter_bytes()
        while True:
            with deadline.guard():
                piece = next(pieces, None)
            if piece is None:
                return
            arrived = True
            yield piece
    except httpx2.TransportError as error:
        raise connection_failure(
            "the connection broke in the middle of the answer"
            if arrived
            else "the connection broke before the answer",
            retryable=not arrived,
        ) from error
    except httpx2.DecodingError as error:
        raise unreadable_answer() from error
    finally:
        response.close()
