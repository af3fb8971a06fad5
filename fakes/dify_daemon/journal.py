"""What a plugin writes that belongs to no session: log events, errors, and what is no event."""

import json
import threading
from collections.abc import Callable

from fakes.dify_daemon.errors import AnswerTimeout
from fakes.dify_daemon.events import (
    ErrorReport,
    Heartbeat,
    JsonObject,
    LogRecord,
    NoiseLine,
    OtherObject,
)


class Journal:
    """Growing lists that one thread appends to and others read and wait on."""

    def __init__(self) -> None:
        self._configuration: JsonObject | None = None
        self._log: list[LogRecord] = []
        self._errors: list[ErrorReport] = []
        self._noise: list[str] = []
        self._log_grew = threading.Condition()

    @property
    def configuration(self) -> JsonObject | None:
        """The first object that is no event: the manifest that the SDK prints as it starts."""
        return self._configuration

    @property
    def log(self) -> tuple[LogRecord, ...]:
        """The log events so far."""
        return tuple(self._log)

    @property
    def errors(self) -> tuple[ErrorReport, ...]:
        """The errors outside any session so far."""
        return tuple(self._errors)

    @property
    def noise(self) -> tuple[str, ...]:
        """The lines so far that are neither an event nor the configuration."""
        return tuple(self._noise)

    def record(self, event: Heartbeat | LogRecord | ErrorReport | OtherObject | NoiseLine) -> None:
        """Keep an event; of a heartbeat nothing is kept."""
        match event:
            case LogRecord():
                with self._log_grew:
                    self._log.append(event)
                    self._log_grew.notify_all()
            case ErrorReport():
                self._errors.append(event)
            case NoiseLine(text):
                self._noise.append(text)
            case OtherObject(data) if self._configuration is None:
                self._configuration = data
            case OtherObject(data):
                self._noise.append(json.dumps(data, ensure_ascii=False))
            case Heartbeat():
                pass

    def wait_for_log(self, predicate: Callable[[LogRecord], bool], timeout: float) -> LogRecord:
        """Return the first record, seen before or arriving in time, that `predicate` accepts.

        Raises:
            AnswerTimeout: none within `timeout` seconds.
        """
        with self._log_grew:
            found = self._log_grew.wait_for(
                lambda: next(filter(predicate, self._log), None), timeout
            )
        if found is None:
            raise AnswerTimeout(
                f"None of the plugin's {len(self._log)} log records matches"
                f" after {timeout:g} seconds; look at the plugin's log."
            )
        return found
