"""The sessions that the plugin may still write to, and why none can be opened any more."""

import copy
import threading

from fakes.dify_daemon.errors import ProcessFailure, ProtocolViolation
from fakes.dify_daemon.events import SessionMessage
from fakes.dify_daemon.session import Session


class SessionTable:
    """Open sessions by id: one thread delivers, any number open.

    A session whose reader has gone stays in the table until the plugin ends it: the daemon does
    not tell a plugin that nobody listens.
    """

    def __init__(self) -> None:
        self._open: dict[str, Session] = {}
        self._failure: ProcessFailure | None = None
        self._lock = threading.Lock()

    @property
    def failure(self) -> ProcessFailure | None:
        """Why the process cannot serve any more, or None; the first failure stays."""
        return self._failure

    def add(self, session: Session) -> None:
        """Open a session.

        Raises:
            ProcessFailure: the process has failed.
            ValueError: a session with this id is open.
        """
        with self._lock:
            self.raise_failure()
            if session.session_id in self._open:
                raise ValueError(f"Session {session.session_id!r} is open; give each its own id.")
            self._open[session.session_id] = session

    def deliver(self, message: SessionMessage) -> None:
        """Hand a message to its session, and close the session if it is the end.

        Raises:
            ProtocolViolation: no such session is open.
        """
        with self._lock:
            session = self._open.get(message.session_id)
            if message.kind == "end":
                self._open.pop(message.session_id, None)
        if session is None:
            raise ProtocolViolation(
                f"A message of the type {message.kind!r} names session {message.session_id!r},"
                " which was never opened or has ended."
            )
        session.deliver(message)

    def fail(self, failure: ProcessFailure) -> None:
        """End every open session with `failure`; without effect after a first failure."""
        with self._lock:
            if self._failure:
                return
            self._failure = failure
            sessions = tuple(self._open.values())
            self._open.clear()
        for session in sessions:
            session.fail(failure)

    def raise_failure(self) -> None:
        """Raise a copy of the failure, if there is one: many threads may raise it."""
        if self._failure:
            raise copy.copy(self._failure)
