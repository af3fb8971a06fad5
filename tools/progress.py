"""What a long command does, and how much longer it takes: a spinner, or lines in a pipe."""

import time
from contextlib import AbstractContextManager
from typing import Self, override

from rich.console import Console

_ONE_BY_ONE_SECONDS = 90


class Progress(AbstractContextManager["Progress"]):
    """Steps of known length on stderr; a `with` block shows them.

    The time that is left is scaled to how fast this machine was with the steps before.
    """

    def __init__(self, seconds: float) -> None:
        """Expect `seconds` for all steps together."""
        self._seconds = seconds
        self._due = 0.0
        self._console = Console(stderr=True)
        self._status = self._console.status("Starting")
        self._started = 0.0

    def step(self, what: str, seconds: float) -> None:
        """Say what is done next, for about so many seconds."""
        self._started = self._started or time.monotonic()
        speed = (time.monotonic() - self._started) / self._due if self._due else 1.0
        left = max(self._seconds - self._due, seconds) * speed
        line = f"{what} ({_spoken(left)} left)"
        if self._console.is_terminal:
            self._status.update(line)
        else:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        self._due += seconds

    @override
    def __enter__(self) -> Self:
        self._status.start()
        return self

    @override
    def __exit__(self, *_: object) -> None:
        self._status.stop()


def _spoken(seconds: float) -> str:
    if seconds < _ONE_BY_ONE_SECONDS:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"
