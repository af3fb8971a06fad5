"""A connected plugin, the same over stdio and TCP: requests out, each line in to its session."""

import copy
import json
import threading
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import Self

from pydantic import JsonValue

from fakes.dify_daemon.errors import AnswerTimeout, ProcessFailure, ProtocolViolation
from fakes.dify_daemon.events import (
    JsonObject,
    LogRecord,
    SessionMessage,
    parse_line,
    parse_log,
    parse_message,
)
from fakes.dify_daemon.limits import DaemonLimits
from fakes.dify_daemon.session import Session


class PluginConnection(ABC):
    """One thread reads what the plugin writes; any number open and read sessions.

    The daemon ignores messages of sessions it does not know; here they are a `ProtocolViolation`,
    as is all that makes the daemon kill a plugin. A violation is raised in every open session, and
    again on leaving the `with` block, which ends the plugin, unless an exception is under way. A
    session whose reader has gone stays open until the plugin ends it: the daemon does not tell a
    plugin that nobody listens.
    """

    def __init__(self, limits: DaemonLimits | None) -> None:
        """Begin without any session."""
        self.limits = limits or DaemonLimits()
        self._sessions: dict[str, Session] = {}
        self._failure: ProcessFailure | None = None
        self._lock = threading.Lock()
        self._settled = threading.Event()  # the first heartbeat came, or never will
        # The plugin's manifest, as the SDK prints it on its first line.
        self.configuration: JsonObject | None = None
        # What the plugin wrote so far, in its order: log events; the data of errors outside any
        # session; lines that are neither an event nor the configuration.
        self.log: list[LogRecord] = []
        self.errors: list[JsonValue] = []
        self.noise: list[str] = []
        self._log_grew = threading.Condition()

    def wait_for_log(
        self, predicate: Callable[[LogRecord], bool], timeout: float = 5.0
    ) -> LogRecord:
        """Return the first log event, seen before or arriving in time, that `predicate` accepts.

        Raises:
            AnswerTimeout: none within `timeout` seconds.
        """
        with self._log_grew:
            found = self._log_grew.wait_for(
                lambda: next(filter(predicate, self.log), None), timeout
            )
        if found is None:
            raise AnswerTimeout(
                f"None of the plugin's {len(self.log)} log records matches"
                f" after {timeout:g} seconds; look at the plugin's log."
            )
        return found

    def open_session(
        self, request: JsonObject, *, app_id: str | None = None, session_id: str | None = None
    ) -> Session:
        """Send a request of `fakes.dify_daemon.requests` and return the session of its results.

        `app_id`: the app that asks; Dify names it for language models alone.

        Raises:
            ProcessFailure: the plugin does not run any more.
            ValueError: a session with this `session_id` is open.
        """
        session_id = session_id or str(uuid.uuid4())
        session = Session(session_id, str(request.get("action")), self.limits.result)
        with self._lock:
            self._raise_failure()
            if session_id in self._sessions:
                raise ValueError(f"Session {session_id!r} is open; give each its own id.")
            self._sessions[session_id] = session
        self._send(request_line(session_id, request, app_id))
        return session

    @abstractmethod
    def stop(self) -> None:
        """End the connection; sessions still open fail."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, exception_type: object, *_: object) -> None:
        self.stop()
        if exception_type is None and isinstance(self._failure, ProtocolViolation):
            self._raise_failure()

    @abstractmethod
    def _send(self, line: bytes) -> None:
        """Write a line to the plugin."""

    def _read(self, lines: Iterable[bytes]) -> None:
        """Hand every line to whom it concerns, until they end.

        Raises:
            ProtocolViolation: a line that breaks a rule, or for a session that is not open.
        """
        for line in lines:
            if line.strip():
                self._take(parse_line(line.rstrip(b"\r\n")))

    def _take(self, line: JsonObject | str) -> None:
        match line:
            case str(text):
                self.noise.append(text)
            case {"event": "heartbeat"}:
                self._settled.set()
            case {"event": "session"} as event:
                self._deliver(parse_message(event))
            case {"event": "log"} as event:
                with self._log_grew:
                    self.log.append(parse_log(event))
                    self._log_grew.notify_all()
            case {"event": "error"} as event:
                self.errors.append(event.get("data"))
            case document if self.configuration is None:
                self.configuration = document
            case document:
                self.noise.append(json.dumps(document, ensure_ascii=False))

    def _deliver(self, message: SessionMessage) -> None:
        with self._lock:
            session = self._sessions.get(message.session_id)
            if message.kind == "end":
                self._sessions.pop(message.session_id, None)
        if session is None:
            raise ProtocolViolation(
                f"A message of the type {message.kind!r} names session {message.session_id!r},"
                " which was never opened or has ended."
            )
        session.deliver(message)

    def _fail(self, failure: ProcessFailure) -> None:
        """End every open session with `failure`; without effect after a first failure."""
        with self._lock:
            sessions = () if self._failure else tuple(self._sessions.values())
            self._failure = self._failure or failure
            self._sessions.clear()
        for session in sessions:
            session.fail(failure)
        self._settled.set()

    def _raise_failure(self) -> None:
        """Raise a copy of the failure, if there is one: many threads may raise it."""
        if self._failure:
            raise copy.copy(self._failure)


def request_line(session_id: str, request: JsonObject, app_id: str | None = None) -> bytes:
    """Return the line that opens a session with a request of `fakes.dify_daemon.requests`."""
    message = {
        "session_id": session_id,
        "conversation_id": None,
        "message_id": None,
        "app_id": app_id,
        "endpoint_id": None,
        "context": None,
        "event": "request",
        "data": request,
    }
    # Like the daemon: non-ASCII text as it is.
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
