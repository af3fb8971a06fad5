"""A plan: the steps that the next calls take, those for reading calls in a queue of their own."""

from collections import deque
from collections.abc import Iterable

from fakes.openai.steps import READING_CALLS, Fault, Raw


class Plan[S]:
    """What an account or an app answers next."""

    def __init__(self) -> None:
        """Start empty."""
        self._generation: deque[S] = deque()
        self._reading: deque[Fault | Raw] = deque()

    def extend(self, steps: Iterable[S]) -> None:
        """Append steps."""
        for step in steps:
            if isinstance(step, Fault | Raw) and step.calls == READING_CALLS:
                self._reading.append(step)
            else:
                self._generation.append(step)

    def next(self) -> S | None:
        """Return what comes next for a generation, without taking it."""
        return self._generation[0] if self._generation else None

    def take(self) -> S | None:
        """Take what comes next for a generation, None when there is nothing."""
        return self._generation.popleft() if self._generation else None

    def take_reading(self) -> Fault | Raw | None:
        """Take what comes next for a reading call, None when there is nothing."""
        return self._reading.popleft() if self._reading else None
