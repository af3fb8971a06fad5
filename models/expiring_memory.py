"""What a service has refused, remembered for a while instead of asked again on every call."""

import time
from collections import OrderedDict
from collections.abc import Hashable


class ExpiringMemory[Key: Hashable, Value]:
    """A bounded dict whose entries are forgotten: after a time, or the oldest when it is full."""

    def __init__(self, *, seconds: float, capacity: int) -> None:
        self._seconds = seconds
        self._capacity = capacity
        self._entries: OrderedDict[Key, tuple[Value, float]] = OrderedDict()

    def remember(self, key: Key, value: Value) -> None:
        """Keep a value from now on."""
        self._entries.pop(key, None)
        self._entries[key] = (value, time.monotonic() + self._seconds)
        if len(self._entries) > self._capacity:
            self._entries.popitem(last=False)

    def recall(self, key: Key) -> Value | None:
        """Return what is remembered, None if nothing is, or not any more."""
        entry = self._entries.get(key)
        return entry[0] if entry and time.monotonic() < entry[1] else None
