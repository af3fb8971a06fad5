"""The apps: each app key opens one, with its mode, its inputs, its plan and its journal."""

import uuid
from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from fakes.dify_app.model import UpstreamModel, parse_model
from fakes.dify_app.steps import DIFY_STEP_KINDS, DifyStep
from fakes.openai.journal import Journal
from fakes.openai.json_types import JsonObject
from fakes.openai.plan import Plan
from fakes.openai.steps import InvalidStepError, parse_steps

KEY_PREFIX = "app-"
_SETTINGS = frozenset({"mode", "id", "name", "required_inputs", "ping_ms", "model", "plan"})
_MOST_MODEL_CALLS = 10_000
_PING_MS = 10_000  # API reference, SSE streaming: every 10 seconds


class Mode(StrEnum):
    """What kind of app it is; the last two hold no conversations."""

    CHAT = "chat"
    AGENT_CHAT = "agent-chat"  # the legacy agent
    ADVANCED_CHAT = "advanced-chat"  # the chatflow
    AGENT = "agent"  # the new agent
    COMPLETION = "completion"
    WORKFLOW = "workflow"


CHAT_MODES = frozenset({Mode.CHAT, Mode.AGENT_CHAT, Mode.ADVANCED_CHAT, Mode.AGENT})


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A call that the app makes to a model: for an answer, or for a conversation's name."""

    purpose: str
    conversation: str


@dataclass(slots=True)
class DifyApp:
    """What one app key opens; several keys may open the same app, by its id."""

    key: str
    id: str
    mode: Mode
    name: str
    required_inputs: tuple[str, ...]
    ping_seconds: float
    model: UpstreamModel | None
    plan: Plan[DifyStep] = field(default_factory=Plan)
    journal: Journal = field(default_factory=Journal)
    model_calls: deque[ModelCall] = field(default_factory=lambda: deque(maxlen=_MOST_MODEL_CALLS))

    @property
    def workflow_id(self) -> str:
        """The published version of a chatflow."""
        return str(uuid.uuid5(uuid.UUID(self.id), "workflow"))


class DifyApps:
    """Every app key of this sandbox."""

    def __init__(self) -> None:
        """Start without any."""
        self._by_key: dict[str, DifyApp] = {}

    def find(self, key: str) -> DifyApp | None:
        """Return the app that a key opens."""
        return self._by_key.get(key)

    def put(self, key: str, settings: JsonObject) -> DifyApp:
        """Create or replace what a key opens; raise InvalidStepError when a setting is wrong.

        Without an id of its own the app gets one that follows from the key, so that it finds its
        conversations again when the sandbox is started anew with the same database.
        """
        if not key.startswith(KEY_PREFIX):
            raise InvalidStepError(f"An app key starts with {KEY_PREFIX}, unlike the one given.")
        unknown = sorted(set(settings) - _SETTINGS)
        if unknown:
            raise InvalidStepError(f"An app does not know {unknown[0]!r}.")
        app = DifyApp(
            key=key,
            id=_uuid(settings.get("id", str(uuid.uuid5(uuid.NAMESPACE_OID, key)))),
            mode=_mode(settings.get("mode", "chat")),
            name=str(settings.get("name", "Sandbox app")),
            required_inputs=tuple(settings.get("required_inputs", ())),
            ping_seconds=max(1.0, float(settings.get("ping_ms", _PING_MS))) / 1000,
            model=parse_model(settings.get("model")),
        )
        app.plan.extend(parse_steps(DIFY_STEP_KINDS, settings.get("plan", [])))
        self._by_key[key] = app
        return app


def _mode(value: object) -> Mode:
    try:
        return Mode(str(value))
    except ValueError:
        raise InvalidStepError(f"{value!r} is no mode; choose from {', '.join(Mode)}.") from None


def _uuid(value: str) -> str:
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise InvalidStepError(f"The `id` of an app is a UUID, not {value!r}.") from None
