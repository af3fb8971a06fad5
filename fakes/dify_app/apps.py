"""An app: its mode and settings, what it was asked, what it remembers, what it answers next."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fakes.dify_app.replies import Reply
from fakes.openai.json_types import JsonObject


class Mode(StrEnum):
    """The kinds of app that hold conversations, by Dify's names (docs, guides/chat.mdx)."""

    CHAT = "chat"
    AGENT_CHAT = "agent-chat"  # the legacy agent
    ADVANCED_CHAT = "advanced-chat"  # the chatflow
    AGENT = "agent"  # the New Agent


@dataclass(frozen=True, slots=True)
class Hang:
    """A run that says nothing more after so many events, but pings until it is stopped."""

    after: int


@dataclass(frozen=True, slots=True)
class Received:
    """A request, with the names of its headers in small letters."""

    path: str
    headers: Mapping[str, str]
    body: JsonObject


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class EndUser:
    """Who talks to an app; `session` is the `user` that was sent."""

    session: str
    id: str = field(default_factory=_new_id)


@dataclass(slots=True)
class Message:
    """A question, and what was answered so far."""

    query: str
    answer: str = ""
    id: str = field(default_factory=_new_id)
    created: int = field(default_factory=lambda: int(time.time()))


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation of one end user, the newest message last."""

    user: EndUser
    id: str = field(default_factory=_new_id)
    messages: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """A run that goes on until it has answered or is stopped."""

    user: EndUser
    id: str = field(default_factory=_new_id)
    stopped: threading.Event = field(default_factory=threading.Event)


type Model = Callable[[DifyApp, Conversation], str]


@dataclass(slots=True)
class DifyApp:
    """What one key opens, at the address `url` once it is served, without `/v1`.

    Without a `model`, which is given the conversation with its newest question, the app answers by
    rule. `stop_reply` is what the stop call gets instead of a success.
    """

    mode: Mode = Mode.CHAT
    key: str = field(default_factory=lambda: f"app-{uuid.uuid4().hex}")
    name: str = "Assistant"
    required_inputs: tuple[str, ...] = ()
    ping_seconds: float = 10.0  # docs, guides/streaming.mdx, Parse the Stream
    model: Model | None = None
    url: str = ""
    id: str = field(default_factory=_new_id)
    received: list[Received] = field(default_factory=list)
    stop_reply: Reply | None = None
    running: dict[str, Task] = field(default_factory=dict)
    _conversations: dict[str, Conversation] = field(default_factory=dict)
    _users: dict[str, EndUser] = field(default_factory=dict)
    _steps: list[Reply | Hang] = field(default_factory=list)

    def plan(self, *steps: Reply | Hang) -> None:
        """Forget what was asked and planned, and answer the next turns so.

        A reply comes before the rules, as from a gateway in front; a run hangs when the rules have
        let the turn pass. A turn beyond the plan is answered as the app answers.
        """
        self.received.clear()
        self.stop_reply = None
        self._steps = list(steps)

    @property
    def asked(self) -> list[JsonObject]:
        """The bodies of the turns that were sent."""
        return [one.body for one in self.received if one.path.endswith("/chat-messages")]

    @property
    def stops(self) -> list[Received]:
        """The calls of the stop endpoint."""
        return [one for one in self.received if one.path.endswith("/stop")]

    def take[Step: (Reply, Hang)](self, kind: type[Step]) -> Step | None:
        """Return the next planned step, if it is of this kind."""
        step = self._steps[0] if self._steps else None
        if not isinstance(step, kind):
            return None
        self._steps.pop(0)
        return step

    def user(self, session: str) -> EndUser:
        """Return the end user of this name, a new one where the app has not seen it."""
        return self._users.setdefault(session, EndUser(session))

    def find_user(self, identifier: str) -> EndUser | None:
        """Return an end user by its id."""
        return next((user for user in self._users.values() if user.id == identifier), None)

    def find_conversation(self, user: EndUser, identifier: str) -> Conversation | None:
        """Return a conversation of this end user.

        To any other it does not exist (docs, guides/end-user-identity.mdx, What `user` Scopes).
        """
        found = self._conversations.get(identifier)
        return found if found is not None and found.user == user else None

    def begin_conversation(self, user: EndUser) -> Conversation:
        """Return a new conversation."""
        begun = Conversation(user)
        self._conversations[begun.id] = begun
        return begun

    def delete_conversation(self, conversation: Conversation) -> None:
        """Forget a conversation."""
        self._conversations.pop(conversation.id, None)
