"""Where a call comes from, for every model type: app, end user, the operator's tags, as headers.

Request metadata, which only language models have, is made of the same pairs by `llm/_metadata`.
Nothing here may ever break a call.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

import dify_plugin

from models.failures.failure import bad_request

SWITCH = "enable_request_metadata"
USER_SWITCH = "request_metadata_user"
TAGS = "request_tags"

# API reference, Chat Completions and Responses, `metadata`: 16 pairs, keys of 64 and values of 512
# characters.
MAX_PAIRS = 16
_MAX_VALUE_LENGTH = 512
_OWN_KEYS = ("dify_app_id", "dify_source", "dify_user")
_TAG = re.compile(r"([A-Za-z0-9_.-]{1,64})\s*=\s*(.+)")
_HEADERS = {
    "dify_app_id": "X-Dify-App-Id",
    "dify_source": "X-Dify-Source",
    "dify_user": "X-Dify-User",
}
_TAGS_HEADER = "X-Dify-Tags"
# Header values are visible ASCII (RFC 9110, section 5.5); everything else is percent-encoded.
_SAFE = "!\"#$&'()*+-./:;<=>?@[\\]^_`{|}~"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from: the id of the app, and Dify's id of the app's end user."""

    app_id: object
    user: object = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """How calls say where they come from, as a credential form has it.

    switch: `enabled`, `headers`, or anything else for not at all. user: `digest`, `plain`, or
    anything else for not at all. tags: the operator's own pairs, sent wherever the app id is.
    """

    switch: str = "disabled"
    user: str = "none"
    tags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str]) -> "Attribution":
        """Read the three settings. Raises InvokeBadRequestError for tags that cannot be sent."""
        return cls(
            credentials.get(SWITCH) or "disabled",
            credentials.get(USER_SWITCH) or "none",
            _tags(credentials.get(TAGS) or ""),
        )

    def pairs(self, origin: Origin) -> dict[str, str] | None:
        """Return what is said of a call, None if there is no app id (0 is one)."""
        own = build_dify_metadata(origin.app_id)
        if own is None:
            return None
        user = self._sent_user(origin.user)
        return {**self.tags, **own, **({"dify_user": user} if user else {})}

    def headers(self, origin: Origin) -> dict[str, str]:
        """Return the headers that name the app, empty unless the switch says `headers`."""
        pairs = self.pairs(origin) if self.switch == "headers" else None
        if not pairs:
            return {}
        named = {_HEADERS[key]: quote(pairs[key], safe=_SAFE) for key in _OWN_KEYS if key in pairs}
        if self.tags:
            named[_TAGS_HEADER] = ",".join(
                f"{key}={quote(value, safe=_SAFE)}" for key, value in self.tags.items()
            )
        return named

    @property
    def names_user(self) -> bool:
        """Whether the end user may be named, at least by a digest."""
        return self.user in {"digest", "plain"}

    def _sent_user(self, user: object) -> str:
        """Return the end user as the switch wants it sent, "" for not at all."""
        value = normalize_metadata_value(user)
        match self.user:
            case "plain":
                return value
            case "digest" if value:
                return digest(str(user))
            case _:
                return ""


def normalize_metadata_value(value: object) -> str:
    """Return a value as the service takes it: text that UTF-8 can carry, at most 512 characters.

    None gives "", other types their `str()`; what cannot be encoded is replaced, never raised.
    """
    if value is None:
        return ""
    text = str(value).encode("utf-8", errors="replace").decode("utf-8")
    return text[:_MAX_VALUE_LENGTH]


def build_dify_metadata(app_id: object) -> dict[str, str] | None:
    """Return the pairs of an app, None if there is no app id (0 is one)."""
    value = normalize_metadata_value(app_id)
    return {"dify_app_id": value, "dify_source": "dify"} if value else None


def current_app_id() -> str | None:
    """Return the id of the app whose call is being handled, normalised; None outside an app.

    It must be read in the caller's context: a generator may run in another one.
    """
    try:
        session = dify_plugin.get_current_session()
        return normalize_metadata_value(getattr(session, "app_id", None)) or None
    except Exception:  # noqa: BLE001 - attribution must not break a call
        return None


def digest(identifier: str) -> str:
    """Name what may not be named: SHA-256, 64 hexadecimal digits, the same wherever it is sent.

    What UTF-8 cannot carry is replaced.
    """
    return hashlib.sha256(identifier.encode("utf-8", errors="replace")).hexdigest()


def _tags(text: str) -> dict[str, str]:
    """Read `key=value` pairs with commas, semicolons or line breaks between them."""
    tags: dict[str, str] = {}
    if not text:
        return tags
    for written in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        pair = _TAG.fullmatch(written)
        if pair is None or len(pair[2]) > _MAX_VALUE_LENGTH:
            raise bad_request(
                f"The request tag {written[:80]!r} cannot be sent; write tags as team=search, "
                "cost_center=42: names of at most 64 letters, digits, _ . or -"
            )
        if pair[1] in _OWN_KEYS:
            raise bad_request(f"The request tag {pair[1]!r} is the plugin's own; choose another")
        tags[pair[1]] = normalize_metadata_value(pair[2])
    if len(tags) > MAX_PAIRS - len(_OWN_KEYS):
        raise bad_request(
            f"There are {len(tags)} request tags, and the service has room for "
            f"{MAX_PAIRS - len(_OWN_KEYS)} beside the app, its source and the user; leave some out"
        )
    return tags
