"""One session: the results of one request, in order, until the plugin ends it."""

import copy
import queue
from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from fakes.dify_daemon.errors import AnswerTimeout, PluginError, ProcessFailure, ProtocolViolation
from fakes.dify_daemon.events import JsonObject, SessionMessage
from fakes.dify_daemon.results import check_result, check_texts


class _ErrorData(BaseModel):
    """ErrorResponse (dify-plugin-daemon: pkg/entities/plugin_entities/event.go).

    The daemon drops one with wrong types or too many `args`, and the session looks successful. It
    reads a missing string as an empty one; here that is refused, as Dify could not match it.
    """

    model_config = ConfigDict(strict=True, extra="ignore")

    error_type: str
    message: str
    args: dict[str, JsonValue] | None = Field(default=None, max_length=10)


class Session:
    """An iterator over the results of one request.

    Iterating raises `PluginError` when the plugin answers with an error, `ResultRejected` when the
    daemon would refuse the result, `AnswerTimeout` when the next one takes longer than
    `wait_seconds`, and a `ProcessFailure` when the process cannot go on. After any of these, and
    after the end, there is nothing more to read.
    """

    def __init__(self, session_id: str, action: str, wait_seconds: float) -> None:
        self.session_id = session_id
        self.wait_seconds = wait_seconds
        self._action = action
        self._arrivals: queue.Queue[SessionMessage | ProcessFailure] = queue.Queue()
        self._finished = False

    def deliver(self, message: SessionMessage) -> None:
        """Take a message from the reader of the plugin's stdout."""
        self._arrivals.put(message)

    def fail(self, failure: ProcessFailure) -> None:
        """Take the reason why no further message can come."""
        self._arrivals.put(failure)

    def __iter__(self) -> Iterator[JsonObject]:
        return self

    def __next__(self) -> JsonObject:
        if self._finished:
            raise StopIteration
        # Every way out but a good result is the last one.
        self._finished = True
        result = self._read(self._next_arrival())
        self._finished = False
        return result

    def result(self) -> JsonObject:
        """Return the only result of a request that has exactly one.

        Raises:
            ProtocolViolation: there was none, or more than one.
        """
        results = list(self)
        if len(results) != 1:
            raise ProtocolViolation(
                f"Session {self.session_id!r} has {len(results)} results where one is expected;"
                " iterate over the session to read a stream."
            )
        return results[0]

    def _next_arrival(self) -> SessionMessage:
        try:
            arrival = self._arrivals.get(timeout=self.wait_seconds)
        except queue.Empty:
            raise AnswerTimeout(
                f"Session {self.session_id!r} got nothing for {self.wait_seconds:g} seconds;"
                " look at the plugin's log or allow more time."
            ) from None
        if isinstance(arrival, ProcessFailure):
            # A copy: one exception raised in many threads would mix up their tracebacks.
            raise copy.copy(arrival)
        return arrival

    def _read(self, message: SessionMessage) -> JsonObject:
        check_texts(message.data)
        match message.kind:
            case "stream":
                check_result(self._action, message.data)
                if isinstance(message.data, dict):
                    return message.data
                raise ProtocolViolation(
                    f"Session {self.session_id!r} has a result that is no JSON object."
                )
            case "end":
                raise StopIteration
            case "error":
                raise _to_plugin_error(message.data)
            case "invoke":
                raise ProtocolViolation(
                    f"Session {self.session_id!r} calls back into Dify; there is no Dify to answer."
                )
            case kind:
                raise ProtocolViolation(
                    f"Session {self.session_id!r} has a message of the unknown type {kind!r}."
                )


def _to_plugin_error(data: JsonValue) -> PluginError | ProtocolViolation:
    try:
        error = _ErrorData.model_validate(data)
    except ValidationError:
        return ProtocolViolation(
            "An `error` message needs the strings `error_type` and `message` and at most ten `args`"
            " for Dify to be told of it."
        )
    return PluginError(error.error_type, error.message, error.args or {})
