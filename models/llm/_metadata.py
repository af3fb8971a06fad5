"""The only owner of `metadata` and `store`: they say which Dify app a request comes from.

The service takes metadata only with storing (it answers 400 "The 'metadata' parameter is only
allowed when 'store' is enabled."), so both are decided here, after the body is built and before
the client is called. Nothing here may ever break a generation.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import dify_plugin
from pydantic import JsonValue

from models.digest import digest
from models.errors import Kind, ServiceError
from models.expiring_memory import ExpiringMemory
from models.llm.reply import Api
from models.log_once import warn_once

logger = logging.getLogger(__name__)

SWITCH = "enable_request_metadata"
USER_SWITCH = "request_metadata_user"

# API reference, Chat Completions and Responses, `metadata`: 16 pairs, values of 512 characters.
_MAX_PAIRS = 16
_MAX_VALUE_LENGTH = 512

_HEADERS = {
    "dify_app_id": "X-Dify-App-Id",
    "dify_source": "X-Dify-Source",
    "dify_user": "X-Dify-User",
}

type _Field = Literal["metadata", "store"]
_refusals = ExpiringMemory[tuple[str, str, Api], _Field]()


@dataclass(frozen=True, slots=True)
class MetadataPolicy:
    """How requests to one endpoint say where they come from.

    credentials: the two switches alone. endpoint: a name for the endpoint without secrets.
    chat_refuses: why its Chat Completions cannot take metadata, None where they can.
    """

    credentials: Mapping[str, str]
    endpoint: str
    chat_refuses: str | None = None

    @classmethod
    def from_credentials(
        cls, credentials: Mapping[str, str], *, endpoint: str, chat_refuses: str | None = None
    ) -> "MetadataPolicy":
        """Keep of the credentials only what this module reads."""
        switches = {
            SWITCH: credentials.get(SWITCH) or "disabled",
            USER_SWITCH: credentials.get(USER_SWITCH) or "none",
        }
        return cls(switches, endpoint, chat_refuses)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call comes from: the id of the app, and Dify's id of the app's end user."""

    app_id: object
    user: object = None


def normalize_metadata_value(value: object) -> str:
    """Return a value as the service takes it: text that UTF-8 can carry, at most 512 characters.

    None gives "", other types their `str()`; what cannot be encoded is replaced, never raised.
    """
    if value is None:
        return ""
    text = str(value).encode("utf-8", errors="replace").decode("utf-8")
    return text[:_MAX_VALUE_LENGTH]


def build_dify_metadata(app_id: object, user: str = "") -> dict[str, str] | None:
    """Return the pairs of an app, None if there is no app id (0 is one); `user` as it is sent."""
    value = normalize_metadata_value(app_id)
    if not value:
        return None
    pairs = {"dify_app_id": value, "dify_source": "dify"}
    return {**pairs, "dify_user": user} if user else pairs


def current_app_id() -> str | None:
    """Return the id of the app whose call is being handled, normalised; None outside an app.

    It must be read in the caller's context: a generator may run in another one.
    """
    try:
        session = dify_plugin.get_current_session()
        return normalize_metadata_value(getattr(session, "app_id", None)) or None
    except Exception:  # noqa: BLE001 - attribution must not break a generation
        return None


def apply_dify_metadata_if_enabled(
    target: dict[str, JsonValue],
    credentials: Mapping[str, str],
    *,
    api: Api = "chat",
    origin: Origin | None = None,
    policy: MetadataPolicy | None = None,
) -> None:
    """Set `metadata` and `store` of a request body, in place; docs/metadata.md has the table.

    `target` is our own body, whose `model` and caller's `store` and `metadata` are read from it;
    `origin` is where the call was made, by default the app that is calling now.
    """
    policy = policy or MetadataPolicy.from_credentials(credentials, endpoint="")
    origin = origin or Origin(current_app_id())
    refused = _refusals.recall((policy.endpoint, str(target.get("model")), api))
    own = _own_pairs(target, credentials, api=api, origin=origin, policy=policy)
    if own is not None and refused is None and target.get("store") is not False:
        target["store"] = True
        target["metadata"] = _merged(target.get("metadata"), own, policy)
    elif "store" not in target and api == "responses" and refused != "store":
        # The service's default is true: without this every prompt would be kept.
        target["store"] = False
    if target.get("store") is not True:
        target.pop("metadata", None)


def dify_headers(credentials: Mapping[str, str], origin: Origin) -> dict[str, str]:
    """Return the headers that name the app, empty unless the switch says `headers`."""
    if credentials.get(SWITCH) != "headers":
        return {}
    pairs = build_dify_metadata(origin.app_id, _sent_user(origin.user, credentials)) or {}
    # Header values are visible ASCII (RFC 9110, section 5.5); everything else is percent-encoded.
    safe = "!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~"
    return {_HEADERS[name]: quote(value, safe=safe) for name, value in pairs.items()}


def remember_refusal(
    failure: ServiceError, body: Mapping[str, JsonValue], api: Api, policy: MetadataPolicy
) -> bool:
    """Note that an endpoint refused our metadata or store; True if the call is worth repeating.

    The next `apply_dify_metadata_if_enabled` for the same endpoint, model and API leaves out what
    was refused, for ten minutes.
    """
    refused = _refused_field(failure)
    if refused is None or refused not in body:
        return False
    _refusals.remember((policy.endpoint, str(body.get("model")), api), refused)
    _warn(policy, f"the service refuses `{refused}` on {api} for {body.get('model')!r}")
    return True


def _sent_user(user: object, credentials: Mapping[str, str]) -> str:
    """Return the end user as the switch wants it sent, "" for not at all."""
    value = normalize_metadata_value(user)
    match credentials.get(USER_SWITCH):
        case "plain":
            return value
        case "digest" if value:
            return digest(str(user))
        case _:
            return ""


def _own_pairs(
    target: Mapping[str, JsonValue],
    credentials: Mapping[str, str],
    *,
    api: Api,
    origin: Origin,
    policy: MetadataPolicy,
) -> dict[str, str] | None:
    """Return our pairs if this request is to carry them; say once why it is not."""
    if credentials.get(SWITCH) != "enabled":
        return None
    if api == "chat" and policy.chat_refuses is not None:
        _warn(policy, policy.chat_refuses)
        return None
    own = build_dify_metadata(origin.app_id, _sent_user(origin.user, credentials))
    if own is None:
        _warn(policy, "a call came without an app id (outside an app, or Dify is older than 1.16)")
    elif target.get("store") is False:
        _warn(policy, "the caller switched storing off, and the service stores what has metadata")
    return own


def _merged(
    existing: JsonValue, own: dict[str, str], policy: MetadataPolicy
) -> dict[str, JsonValue]:
    if not isinstance(existing, dict):
        return dict(own)
    merged = {**existing, **own}
    if len(merged) > _MAX_PAIRS:
        _warn(policy, f"the caller's own metadata leaves no room among {_MAX_PAIRS} pairs")
        return dict(existing)
    return merged


# A field's name as servers quote it when they refuse it, not a word of the message.
_REFUSED_NAME = re.compile(
    r"(?:supplied:\s*|parameters?:?\s*|fields?:?\s*|arguments?:?\s*|body\.|['\"`])(metadata|store)\b(?![./-])",
    re.IGNORECASE,
)


def _refused_field(failure: ServiceError) -> _Field | None:
    """Return which of our two fields a 400 complains about; None for any other failure."""
    if failure.kind is not Kind.BAD_REQUEST or failure.status not in {400, 422}:
        return None
    named = failure.said.param or ""
    match = re.match(r"(metadata|store)\b", named) or (
        None if named else _REFUSED_NAME.search(failure.said.message)
    )
    if match is None:
        return None
    return "store" if match.group(1).lower() == "store" else "metadata"


def _warn(policy: MetadataPolicy, reason: str) -> None:
    warn_once(
        logger,
        ("metadata", policy.endpoint, reason),
        f"request metadata was left out: {reason}",
    )
