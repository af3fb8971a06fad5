"""The time that one call may take: attempts, pauses and every wait for the network together."""

from time import monotonic

import gevent

from models.error_text import advice_for
from models.errors import Kind, Said, ServiceError

# The Dify daemon and the Dify API give up on a call after 600 s without telling the plugin
# (PLUGIN_MAX_EXECUTION_TIMEOUT, PLUGIN_DAEMON_TIMEOUT). Ending earlier is what lets us say why.
CALL_LIMIT_SECONDS = 590.0


class Deadline:
    """Counts down from the moment it is made."""

    def __init__(self, seconds: float = CALL_LIMIT_SECONDS) -> None:
        self._seconds = seconds
        self._ends_at = monotonic() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, never less than 0."""
        return max(0.0, self._ends_at - monotonic())

    def guard(self) -> gevent.Timeout:
        """Return a context manager that ends the wait in its body when the time is up.

        It raises a ServiceError that names the limit. A timer, and not the client's timeouts,
        because those start anew with every piece of a stream.
        """
        return gevent.Timeout(self.remaining(), self._expired())

    def _expired(self) -> ServiceError:
        said = Said(
            f"the answer was not complete after {self._seconds:.0f} s, the plugin's limit for one "
            "call (Dify itself gives up after 600 s)"
        )
        return ServiceError(Kind.SERVER, said, advice=advice_for("time_limit"))
