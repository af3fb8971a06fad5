"""Accounts: every API key is one, with its own models, deployments, plan and journal."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tools.sandbox.journal import Journal
from tools.sandbox.json_types import JsonObject
from tools.sandbox.steps import (
    READING_CALLS,
    Fault,
    InvalidStepError,
    Raw,
    Step,
    parse_step,
)

_SETTINGS = frozenset({"models", "deployments", "plan", "refuses", "organization", "project"})
# The published schema enumerates chat and responses models; these are of the other endpoints,
# and plain names that the schema leaves out.
_MORE_MODELS = (
    "gpt-5.6",
    "text-embedding-3-small",
    "text-embedding-3-large",
    "text-embedding-ada-002",
    "omni-moderation-latest",
    "text-moderation-latest",
    "whisper-1",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-4o-transcribe-diarize",
    "tts-1",
    "tts-1-hd",
    "gpt-4o-mini-tts",
)


@dataclass(slots=True)
class Account:
    """One API key's view of the service."""

    key: str
    models: tuple[str, ...]
    deployments: Mapping[str, str]
    refuses: frozenset[str] = frozenset()
    organization: str = "org-sandbox"
    project: str = "proj_sandbox"
    journal: Journal = field(default_factory=Journal)
    _plan: deque[Step] = field(default_factory=deque)
    _reading_plan: deque[Fault | Raw] = field(default_factory=deque)

    def extend_plan(self, steps: Iterable[Step]) -> None:
        """Append steps; those for reading calls wait in a queue of their own."""
        for step in steps:
            if isinstance(step, Fault | Raw) and step.calls == READING_CALLS:
                self._reading_plan.append(step)
            else:
                self._plan.append(step)

    def next_step(self) -> Step | None:
        """Return what the plan holds next for a generation, without taking it."""
        return self._plan[0] if self._plan else None

    def take_step(self) -> Step | None:
        """Take what the plan holds next for a generation, None when it is empty."""
        return self._plan.popleft() if self._plan else None

    def take_reading_step(self) -> Fault | Raw | None:
        """Take what the plan holds next for a reading call, None when it is empty."""
        return self._reading_plan.popleft() if self._reading_plan else None


class Accounts:
    """Every account of this sandbox."""

    def __init__(self, published_models: Iterable[str]) -> None:
        """Start without accounts; `published_models` are the default ones."""
        self._default_models = tuple(dict.fromkeys((*published_models, *_MORE_MODELS)))
        self._by_key: dict[str, Account] = {}

    def find(self, key: str) -> Account | None:
        """Return the account of a key."""
        return self._by_key.get(key)

    def put(self, key: str, settings: JsonObject) -> Account:
        """Create or replace an account; raise InvalidStepError when a setting is wrong."""
        unknown = sorted(set(settings) - _SETTINGS)
        if unknown:
            raise InvalidStepError(f"An account does not know {unknown[0]!r}.")
        models = tuple(settings.get("models", self._default_models))
        account = Account(
            key=key,
            models=models,
            deployments=dict(settings.get("deployments", {name: name for name in models})),
            refuses=frozenset(settings.get("refuses", ())),
            organization=settings.get("organization", "org-sandbox"),
            project=settings.get("project", "proj_sandbox"),
        )
        account.extend_plan(parse_plan(settings.get("plan", [])))
        self._by_key[key] = account
        return account


def parse_plan(value: object) -> list[Step]:
    """Parse the steps of a plan; raise InvalidStepError when one is wrong."""
    if not isinstance(value, list):
        raise InvalidStepError("A plan is a list of steps.")
    return [parse_step(step) for step in value]
