"""What leaves as a log: our own lines, and of all other code's only where they come from.

The daemon keeps what a plugin writes. Libraries put into their lines what they work on: a sign-in's
answer that quotes its secret, an address, the value that a validator refuses.
"""

import logging
import sys
import threading
from types import TracebackType
from typing import override

from dify_plugin.config.logger_format import plugin_logger_handler
from gevent.hub import Hub

from models.failures.failure import places

_OURS = ("models", "provider")


def set_up() -> None:
    """Let log events to the daemon be the only lines of this process, and masked."""
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO)
        logger.addHandler(plugin_logger_handler)
        logger.propagate = False
    # Nobody reads it, and for each greenlet that writes a line a thread would be made up.
    logging.logThreads = False
    # Without a handler Python would write warnings of other code to stderr, as they are.
    others = logging.StreamHandler(sys.stdout)
    others.setLevel(logging.WARNING)
    others.setFormatter(_PlaceOnly(plugin_logger_handler.formatter))
    logging.getLogger().addHandler(others)
    logging.captureWarnings(capture=True)
    # What nobody catches: in a thread, in a greenlet, while an object is cleaned up.
    threading.excepthook = lambda fault: _tell(fault.exc_value)
    sys.unraisablehook = lambda fault: _tell(fault.exc_value)
    Hub.print_exception = _tell_greenlet  # type: ignore[assignment, method-assign] # as it is called
    # A handler that fails would write its record to stderr, with all values.
    logging.raiseExceptions = False


class _PlaceOnly(logging.Formatter):
    """Formats a record as the daemon reads it, without its message and any value."""

    def __init__(self, events: logging.Formatter | None) -> None:
        super().__init__()
        self._events = events or logging.Formatter()

    @override
    def format(self, record: logging.LogRecord) -> str:
        fault = record.exc_info[1] if record.exc_info else None
        text = f"{record.name} at {record.filename}:{record.lineno}"
        text = f"{text}: {places(fault)}" if fault else text
        shown = logging.LogRecord(record.name, record.levelno, "", 0, text, None, None)
        return self._events.format(shown)


def _tell(fault: BaseException | None) -> None:
    if fault is not None:
        logging.getLogger(__name__).error("A fault that nobody caught: %s", places(fault))


def _tell_greenlet(
    hub: Hub,
    context: object,
    kind: type[BaseException] | None,
    fault: BaseException | str | None,
    where: TracebackType | None,
) -> None:
    del hub, context, kind, where
    _tell(fault if isinstance(fault, BaseException) else None)
