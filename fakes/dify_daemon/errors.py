"""What can go wrong between the daemon and a plugin."""

from collections.abc import Mapping

from pydantic import JsonValue


class PluginFailure(Exception):  # noqa: N818 - here and below a name says what happened
    """Whatever keeps a plugin from giving the results that it was asked for."""


class PluginError(PluginFailure):
    """The plugin answered a session with an error; Dify matches on `error_type`, the class name."""

    def __init__(self, error_type: str, message: str, details: Mapping[str, JsonValue]) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        # The protocol calls these `args`, a name that every Python exception already uses.
        self.details = details


class ResultRejected(PluginFailure):
    """A result that the daemon refuses to hand on: it ends the session with `unmarshal_error`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"The daemon rejects this result: `{field}`: {reason}.")
        self.field = field
        self.reason = reason


class AnswerTimeout(PluginFailure):
    """The plugin is alive but did not answer within the time that its caller allows."""


class ProcessFailure(PluginFailure):
    """The process as a whole cannot serve sessions any more.

    Subclasses take one message, so that a copy can be raised in every session concerned.
    """


class NoHeartbeat(ProcessFailure):
    """The plugin started but did not send its first heartbeat in time."""


class PluginDied(ProcessFailure):
    """The process ended, by itself or because it was stopped."""


class ProtocolViolation(ProcessFailure):
    """The plugin broke a rule of the protocol; its process is stopped."""
