"""The answers that are being generated now, and how they are stopped."""

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field

from fakes.dify_app.store import EndUser


@dataclass(frozen=True, slots=True)
class Task:
    """One running generation; `stop` is set when its user asks for it."""

    user: EndUser
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_stopped(self) -> bool:
        """Whether it was told to stop."""
        return self.stop.is_set()

    async def wait(self, seconds: float) -> None:
        """Return after so many seconds, or when it is stopped."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)


class Tasks:
    """Every running generation by its id."""

    def __init__(self) -> None:
        """Start with none."""
        self._running: dict[str, Task] = {}

    def start(self, user: EndUser) -> Task:
        """Begin a task of this end user."""
        task = Task(user)
        self._running[task.id] = task
        return task

    def end(self, task: Task) -> None:
        """Forget a task."""
        self._running.pop(task.id, None)

    def stop(self, identifier: str, user: EndUser) -> None:
        """Tell a task to stop; one of another app or user is left alone, and nobody is told.

        Dify's documentation, End user identity: a mismatch is silently ignored.
        """
        task = self._running.get(identifier)
        if task is not None and task.user == user:
            task.stop.set()

    def of_app(self, app: str) -> list[str]:
        """Return the ids of an app's running tasks."""
        return [task.id for task in self._running.values() if task.user.app == app]
