"""What the process remembers between calls: for a while, or that it was said."""

import logging
import time
from collections import OrderedDict
from collections.abc import Hashable

# A refusal is asked about again after ten minutes; the capacities are for all endpoints, models
# and APIs of a large workspace, and for all that may be said of them.
_SECONDS = 600.0
_CAPACITY = 512
_MOST_SAID = 1024


class ExpiringMemory[Key: Hashable, Value]:
    """A dict whose entries are forgotten: after ten minutes, or the oldest when it is full."""

    def __init__(self) -> None:
        self._entries: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def remember(self, key: Key, value: Value) -> None:
        """Keep a value from now on."""
        self._entries.pop(key, None)
        self._entries[key] = (value, time.monotonic() + _SECONDS)
        if len(self._entries) > _CAPACITY:
            self._entries.popitem(last=False)

    def recall(self, key: Key) -> Value | None:
        """Return what is remembered, None if nothing is, or not any more."""
        entry = self._entries.get(key)
        return entry[0] if entry and time.monotonic() < entry[1] else None


_said: OrderedDict[tuple[str, ...], None] = OrderedDict()


def warn_once(logger: logging.Logger, topic: tuple[str, ...], message: str) -> None:
    """Log `message` at WARNING unless something was said about `topic` before.

    `topic` names the subject without secrets or content, e.g. `("metadata", endpoint, reason)`.
    """
    if topic in _said:
        return
    _said[topic] = None
    if len(_said) > _MOST_SAID:
        _said.popitem(last=False)
    logger.warning(message)
