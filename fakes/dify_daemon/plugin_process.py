"""A plugin under a daemon's care: started, watched, its output handed to the right session."""

import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from fakes.dify_daemon.child import Child, Command
from fakes.dify_daemon.errors import NoHeartbeat, PluginDied, ProcessFailure, ProtocolViolation
from fakes.dify_daemon.events import (
    ErrorReport,
    Heartbeat,
    JsonObject,
    LogRecord,
    SessionMessage,
    parse_event,
)
from fakes.dify_daemon.journal import Journal
from fakes.dify_daemon.limits import DaemonLimits
from fakes.dify_daemon.request_line import Caller, request_line
from fakes.dify_daemon.session import Session
from fakes.dify_daemon.session_table import SessionTable


class PluginProcess:
    """A running plugin; leaving its `with` block stops it.

    Like `subprocess.Popen` it starts when it is made; it is made after the first heartbeat. Any
    number of threads may open and read sessions.

    The daemon ignores messages of sessions it does not know; here they are a `ProtocolViolation`,
    as is all that makes the daemon kill a plugin. A violation stops the process, is raised in
    every open session, and again on leaving the block unless another exception is under way.
    """

    def __init__(
        self,
        directory: Path,
        *,
        python: Path | None = None,
        environment: Mapping[str, str] | None = None,
        limits: DaemonLimits | None = None,
    ) -> None:
        """Start `python -m main` in `directory` and wait for its first heartbeat.

        Raises:
            NoHeartbeat: none within `limits.first_heartbeat`.
            ProcessFailure: the process ended or broke the protocol before it.
        """
        self._limits = limits or DaemonLimits()
        self._journal = Journal()
        self._sessions = SessionTable()
        self._settled = threading.Event()  # the first heartbeat came, or never will
        self._stopping = threading.Event()
        arguments = (str(python or sys.executable), "-m", "main")
        self._child = Child(Command(arguments, directory, environment or {}), self._limits)
        self._reader = self._child.start_thread("stdout", self._read_stdout)
        self._watchdog = self._child.start_thread("liveness", self._watch_liveness)
        self._await_first_heartbeat()

    @property
    def pid(self) -> int:
        """The id of the plugin's process."""
        return self._child.pid

    @property
    def alive(self) -> bool:
        """Whether the plugin's process is still running."""
        return self._child.alive

    @property
    def configuration(self) -> JsonObject | None:
        """The plugin's manifest as the SDK prints it on its first line."""
        return self._journal.configuration

    @property
    def log(self) -> tuple[LogRecord, ...]:
        """The plugin's log events so far, in their order."""
        return self._journal.log

    @property
    def errors(self) -> tuple[ErrorReport, ...]:
        """Errors that the plugin reported outside any session, in their order."""
        return self._journal.errors

    @property
    def noise(self) -> tuple[str, ...]:
        """Lines of stdout that are neither an event nor the configuration, in their order."""
        return self._journal.noise

    @property
    def stderr_tail(self) -> str:
        """The last 8 KiB that the plugin wrote to stderr."""
        return self._child.stderr_tail

    def wait_for_log(
        self, predicate: Callable[[LogRecord], bool], timeout: float = 5.0
    ) -> LogRecord:
        """Return the first log event, seen before or arriving in time, that `predicate` accepts.

        Raises:
            AnswerTimeout: none within `timeout` seconds.
        """
        return self._journal.wait_for_log(predicate, timeout)

    def open_session(
        self,
        request: JsonObject,
        *,
        app_id: str | None = None,
        conversation_id: str | None = None,
        message_id: str | None = None,
        session_id: str | None = None,
    ) -> Session:
        """Send a request of `fakes.dify_daemon.requests` and return the session of its results.

        Raises:
            ProcessFailure: the plugin does not run any more.
            ValueError: a session with this `session_id` is open.
        """
        session_id = session_id or str(uuid.uuid4())
        caller = Caller(app_id, conversation_id, message_id)
        session = Session(session_id, str(request.get("action")), self._limits.result)
        self._sessions.add(session)
        self._child.send(request_line(session_id, request, caller))
        return session

    def stop(self) -> None:
        """End the process and its threads; sessions still open fail. Safe to call twice."""
        self._stopping.set()
        self._child.stop()
        self._reader.join(self._limits.stop)
        self._watchdog.join(self._limits.stop)
        if not self._reader.is_alive():
            self._child.close_stdout()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        _exception: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.stop()
        if exception_type is None and isinstance(self._sessions.failure, ProtocolViolation):
            self._sessions.raise_failure()

    def _await_first_heartbeat(self) -> None:
        limit = self._limits.first_heartbeat
        try:
            if not self._settled.wait(limit):
                self._fail(
                    NoHeartbeat(
                        f"The plugin sent no heartbeat within {limit:g} seconds;"
                        f" its stderr ends with: {self.stderr_tail or 'nothing'}"
                    )
                )
            self._sessions.raise_failure()
        except BaseException:
            # Nobody has the object yet, so nobody else can stop the process.
            self.stop()
            raise

    def _read_stdout(self) -> None:
        try:
            for line in self._child.stdout_lines():
                if line:
                    self._dispatch(line)
        except ProtocolViolation as violation:
            self._fail(violation)
            self._child.kill()
        # Without effect if the process was killed for a violation: the first failure stays.
        self._fail(self._describe_end())

    def _dispatch(self, line: bytes) -> None:
        event = parse_event(line)
        if isinstance(event, SessionMessage):
            self._sessions.deliver(event)
            return
        self._journal.record(event)
        if isinstance(event, Heartbeat):
            self._settled.set()

    def _watch_liveness(self) -> None:
        while not self._stopping.wait(self._limits.silence_check):
            if self._child.silent_seconds > self._limits.silence:
                self._fail(
                    ProtocolViolation(
                        f"The plugin wrote nothing for {self._limits.silence:g} seconds, not even"
                        " a heartbeat; look for a call that blocks the whole process."
                    )
                )
                self._child.kill()
                return

    def _describe_end(self) -> PluginDied:
        if self._stopping.is_set():
            return PluginDied("The plugin was stopped while this session was open.")
        code = self._child.exit_code()
        when = "" if self._settled.is_set() else " before its first heartbeat"
        tail = self._child.stderr_tail or "nothing"
        return PluginDied(f"The plugin exited with code {code}{when}; its stderr ends with: {tail}")

    def _fail(self, failure: ProcessFailure) -> None:
        self._sessions.fail(failure)
        self._settled.set()
