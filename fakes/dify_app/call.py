"""One call of the app API: which app it asks, and what it sent."""

from collections.abc import Mapping
from dataclasses import dataclass

from fakes.dify_app.apps import CHAT_MODES, DifyApp, DifyApps
from fakes.dify_app.errors import invalid_param, not_chat_app, unreadable_body
from fakes.dify_app.store import ConversationStore, EndUser
from fakes.dify_app.tasks import Tasks
from fakes.openai.json_types import JsonObject, parse_object

_NAMELESS = "DEFAULT-USER"


@dataclass(frozen=True, slots=True)
class DifyService:
    """What every call shares."""

    apps: DifyApps
    store: ConversationStore
    tasks: Tasks


@dataclass(frozen=True, slots=True)
class DifyCall:
    """A call with a known key."""

    app: DifyApp
    store: ConversationStore
    path_names: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes

    def json_object(self) -> JsonObject:
        """Return the body; raise Dify's 400 when it is not a JSON object."""
        body = parse_object(self.content)
        if body is None:
            raise unreadable_body()
        return body

    def check_mode(self) -> None:
        """Raise Dify's 400 where the app holds no conversations."""
        if self.app.mode not in CHAT_MODES:
            raise not_chat_app()

    def required_user(self) -> EndUser:
        """Return the end user that the body names; raise Dify's 400 without one."""
        name = self.json_object().get("user")
        if not name:
            raise invalid_param("Arg user must be provided.")
        return self.store.end_user(self.app.id, str(name))

    def user_of_body(self) -> EndUser:
        """Return the end user that the body names, the nameless one without a name."""
        name = self.json_object().get("user") if self.content else None
        return self.store.end_user(self.app.id, str(name or _NAMELESS))

    def user_of_query(self) -> EndUser:
        """Return the end user that the query string names, the nameless one without a name."""
        return self.store.end_user(self.app.id, self.query.get("user") or _NAMELESS)
