"""Try a request again where that can help, and never after a part of an answer has arrived."""

import random
import time
from collections.abc import Callable

from models.endpoints.deadline import Deadline
from models.errors import ServiceError

MAX_ATTEMPTS = 3
# A longer pause is the operator's business: Dify rests the credential and takes the next one.
MAX_PAUSE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5


def with_retries[T](attempt: Callable[[], T], deadline: Deadline) -> T:
    """Return what `attempt` returns, calling it up to MAX_ATTEMPTS times.

    Raises the last ServiceError when it cannot be mended by waiting, when the service asks for a
    longer pause than MAX_PAUSE_SECONDS, or when the pause would not fit before the deadline.
    """
    for number in range(1, MAX_ATTEMPTS):
        try:
            return attempt()
        except ServiceError as failure:
            pause = _pause(failure, number)
            if not failure.retryable or pause > min(MAX_PAUSE_SECONDS, deadline.remaining()):
                raise
            time.sleep(pause)
    return attempt()


def _pause(failure: ServiceError, number: int) -> float:
    """Return what the service asked for, else 0.5 s doubling, spread so that callers part ways."""
    if failure.retry_after is not None:
        return failure.retry_after
    return float(_FIRST_PAUSE_SECONDS * 2 ** (number - 1) * random.uniform(0.75, 1.25))  # noqa: S311
