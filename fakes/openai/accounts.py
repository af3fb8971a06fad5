"""Accounts: every API key is one, with its own models, deployments, plan and journal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fakes.openai.journal import Journal
from fakes.openai.json_types import JsonObject
from fakes.openai.plan import Plan
from fakes.openai.steps import STEP_KINDS, InvalidStepError, Step, parse_steps

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
    plan: Plan[Step] = field(default_factory=Plan)


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
        account.plan.extend(parse_steps(STEP_KINDS, settings.get("plan", [])))
        self._by_key[key] = account
        return account
