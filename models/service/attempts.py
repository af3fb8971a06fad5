"""The time that one call may take, and the attempts that are made within it."""

import random
import time
from collections.abc import Iterator
from time import monotonic
from types import TracebackType
from typing import Any

import httpx2

from models.failures.failure import Kind, Said, ServiceError
from models.failures.reading import from_transport_error
from models.failures.words import advice_for

# The Dify daemon and the Dify API give up on a call after 600 s without telling the plugin
# (PLUGIN_MAX_EXECUTION_TIMEOUT, PLUGIN_DAEMON_TIMEOUT). Ending earlier is what lets us say why.
CALL_LIMIT_SECONDS = 590.0
# The look-up of a name and the connection to its address together.
CONNECT_SECONDS = 10.0
MOST_ATTEMPTS = 3
# A longer pause is the operator's business: Dify rests the credential and takes the next one.
MAX_PAUSE_SECONDS = 60.0
_FIRST_PAUSE_SECONDS = 0.5


class Deadline:
    """Counts down from the moment it is made; attempts, pauses and every wait count together.

    It travels with each request in place of a timeout, down to the socket (`transport`): a number
    would start anew with every piece of a stream.
    """

    def __init__(self, seconds: float = CALL_LIMIT_SECONDS) -> None:
        self._seconds = seconds
        self._ends_at = monotonic() + seconds

    def __str__(self) -> str:
        """Return the seconds that are left, as the official client tells them to a service."""
        return f"{self.remaining():.1f}"

    def remaining(self) -> float:
        """Return the seconds that are left, never less than 0."""
        return max(0.0, self._ends_at - monotonic())

    def shorten(self, seconds: float) -> None:
        """Leave at most so many seconds from now on."""
        self._ends_at = min(self._ends_at, monotonic() + seconds)

    def timeouts(self) -> dict[str, Any]:
        """Return a request's extension `timeout`: the pool hands it to the sockets as it is.

        A connection is waited for until the deadline, and made within CONNECT_SECONDS.
        """
        return {"connect": self, "pool": self.remaining(), "read": self, "write": self}

    def no_place(self) -> ServiceError:
        """Return the failure of a call for which no connection was free in all its time."""
        said = Said(
            f"no connection was free within {self._seconds:.0f} s: other calls use all that the "
            "plugin's process may have open"
        )
        return ServiceError(Kind.SERVER, said, advice=advice_for("no_place"))

    def expired(self) -> ServiceError:
        """Return the failure of a call whose time is up."""
        hint = " (Dify itself gives up after 600 s)" if self._seconds == CALL_LIMIT_SECONDS else ""
        said = Said(
            f"the answer was not complete after {self._seconds:.0f} s, the limit for one call{hint}"
        )
        return ServiceError(Kind.SERVER, said, advice=advice_for("time_limit"))


def unanswered(error: httpx2.TransportError, deadline: Deadline) -> ServiceError:
    """Translate what became of a request instead of an answer."""
    if isinstance(error, httpx2.PoolTimeout):
        return deadline.no_place()
    timed_out = isinstance(error, httpx2.TimeoutException)
    if timed_out and not isinstance(error, httpx2.ConnectTimeout):
        return deadline.expired()
    return from_transport_error(error)


def attempts(deadline: Deadline, most: int = MOST_ATTEMPTS) -> Iterator["Attempt"]:
    """Yield up to `most` attempts; leave the loop from inside one to end it.

    An attempt that fails in a way that waiting may mend pauses and lets the loop go on. Of answers
    that had begun one alone is asked for again, because each may be billed:

        for attempt in attempts(deadline):
            with attempt:
                return send()
    """
    begun = False
    for number in range(1, most + 1):
        attempt = Attempt(number, deadline, last=number == most, again=begun)
        yield attempt
        begun = begun or attempt.begun


class Attempt:
    """One attempt as a context manager. It swallows a ServiceError that another attempt may mend.

    Never one that waiting cannot mend, that asks for a longer pause than MAX_PAUSE_SECONDS or than
    is left, or that came with the last attempt. `begun` tells whether an answer had begun in it,
    `again` whether one had in an attempt before.
    """

    def __init__(self, number: int, deadline: Deadline, *, last: bool, again: bool) -> None:
        self.begun = False
        self._number = number
        self._deadline = deadline
        self._last = last
        self._again = again

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        failure: BaseException | None,
        where: TracebackType | None,
    ) -> bool:
        """Pause and return True if the attempt failed and another one is to be made."""
        if self._last or not isinstance(failure, ServiceError) or not failure.retryable:
            return False
        if failure.begun and self._again:
            return False
        self.begun = failure.begun
        pause = self._pause(failure)
        if pause > min(MAX_PAUSE_SECONDS, self._deadline.remaining()):
            return False
        time.sleep(pause)
        return True

    def _pause(self, failure: ServiceError) -> float:
        """Return what the service asked for, else 0.5 s doubling, spread so callers part ways."""
        if failure.retry_after is not None:
            return failure.retry_after
        spread = random.uniform(0.75, 1.25)  # noqa: S311
        return float(_FIRST_PAUSE_SECONDS * 2 ** (self._number - 1) * spread)
