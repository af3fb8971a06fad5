"""The only owner of `metadata` and `store`: they say which Dify app a request comes from.

The service takes metadata only with storing (it answers 400 "The 'metadata' parameter is only
allowed when 'store' is enabled."), so both are decided here, after the body is built and before
it is sent. Nothing here may ever break a generation.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from models.attribution import (
    MAX_PAIRS,
    Attribution,
    Origin,
    build_dify_metadata,
    current_app_id,
    normalize_metadata_value,
)
from models.llm.reply import Api
from models.memory import warn_once

__all__ = [
    "MetadataPolicy",
    "apply_dify_metadata_if_enabled",
    "build_dify_metadata",
    "normalize_metadata_value",
]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MetadataPolicy:
    """What one endpoint takes of metadata and store.

    endpoint: a name for it without secrets. chat_refuses: why its Chat Completions cannot take
    metadata, None where they can. refused: the fields that it has refused lately. keeps_store: it
    is known to take `store`, so `false` is never left out.
    """

    attribution: Attribution
    endpoint: str = ""
    chat_refuses: str | None = None
    refused: frozenset[str] = field(default_factory=frozenset)
    keeps_store: bool = False

    @property
    def takes_store(self) -> bool:
        """Return whether a request may carry `store`."""
        return self.keeps_store or "store" not in self.refused


def apply_dify_metadata_if_enabled(
    target: dict[str, JsonValue],
    credentials: Mapping[str, str],
    *,
    api: Api = "chat",
    origin: Origin | None = None,
    policy: MetadataPolicy | None = None,
) -> None:
    """Set `metadata` and `store` of a request body, in place; docs/metadata.md has the table.

    `target` is our own body, whose caller's `store` and `metadata` are read from it; `origin` is
    where the call was made, by default the app that is calling now. A `policy` is what is already
    known of the credentials and their endpoint.
    """
    policy = policy or MetadataPolicy(Attribution.from_credentials(credentials))
    origin = origin or Origin(current_app_id())
    own = _own_pairs(target, api=api, origin=origin, policy=policy)
    refused = not policy.refused.isdisjoint({"metadata", "store"})
    if own is not None and not refused and target.get("store") is not False:
        target["store"] = True
        target["metadata"] = _merged(target.get("metadata"), own, policy)
    elif "store" not in target and api == "responses" and policy.takes_store:
        # The service's default is true: without this every prompt would be kept.
        target["store"] = False
    if target.get("store") is not True:
        target.pop("metadata", None)


def _own_pairs(
    target: Mapping[str, JsonValue], *, api: Api, origin: Origin, policy: MetadataPolicy
) -> dict[str, str] | None:
    """Return our pairs if this request is to carry them; say once why it is not."""
    if policy.attribution.switch != "enabled":
        return None
    if api == "chat" and policy.chat_refuses is not None:
        _warn(policy, policy.chat_refuses)
        return None
    own = policy.attribution.pairs(origin)
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
    if len(merged) > MAX_PAIRS:
        _warn(policy, f"the caller's own metadata leaves no room among {MAX_PAIRS} pairs")
        return dict(existing)
    return merged


def _warn(policy: MetadataPolicy, reason: str) -> None:
    warn_once(
        logger,
        ("metadata", policy.endpoint, reason),
        f"request metadata was left out: {reason}",
    )
