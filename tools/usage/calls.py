"""The facts of one call, whichever source told them: ids, counts and times, never any content.

A usage line and a stored record are two accounts of one call. The service's counts are those that
it bills, so they win; when a call began and how long it took only the line knows exactly.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from pydantic import JsonValue

from models.catalogue.costs import region_factor
from models.catalogue.model import Service

type JsonObject = Mapping[str, JsonValue]

# The catalogue's services by the provider that a call names.
SERVICES: Mapping[str, Service] = {"openai": "openai", "azure_openai": "azure_openai"}

_DIGEST = re.compile(r"[0-9a-f]{64}")
_OWN_PAIRS = frozenset({"dify_app_id", "dify_source", "dify_user"})
# Services write long random ids; short ones ("chatcmpl-1") are what simpler servers repeat.
_SHORTEST_ID = 20
_MOST_COUNTED = 1 << 53
_NO_FACTOR = "1"
_FACTOR = re.compile(r"[12]\.\d{1,4}")


class NoCall(ValueError):  # noqa: N818 - what it is
    """A line or record that tells of no call; says what is wrong with it, without quoting it."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `at` and the durations are milliseconds, `at` since the epoch.

    `input` includes `cached`, `cache_write` and `audio_input`, `output` includes `reasoning` and
    `audio_output`, `cache_write` what is kept for 12 hours. `verified` says whether a response was
    found by its id, None if nobody looked, `region_factor` how many times the list price its host
    costs.
    """

    key: str
    at: int
    provider: str
    api: str
    model: str
    account: str | None = None
    asked_model: str | None = None
    app_id: str | None = None
    user_digest: str | None = None
    id: str | None = None
    request_id: str | None = None
    stored: bool = False
    tier: str | None = None
    why: str | None = None
    input: int = 0
    cached: int = 0
    cache_write: int = 0
    cache_write_12h: int = 0
    output: int = 0
    reasoning: int = 0
    audio_input: int = 0
    audio_output: int = 0
    characters: int = 0
    seconds: float = 0.0
    searches: int = 0
    estimated: bool = False
    finish: str | None = None
    error: str | None = None
    ms: int | None = None
    first_ms: int | None = None
    in_log: bool = False
    in_service: bool = False
    verified: bool | None = None
    region_factor: str = _NO_FACTOR
    tags: Mapping[str, str] = field(default_factory=dict)


COLUMNS = tuple(each.name for each in fields(Call) if each.name != "tags")
_values = attrgetter(*COLUMNS)
_TOLD_BY_LINE = frozenset(
    {"at", "asked_model", "request_id", "why", "searches", "characters", "seconds"}
    | {"error", "ms", "first_ms"}
)
# What the service leaves out is not filled from the line: its counts and tier belong together.
_TOLD_TOGETHER = frozenset(
    {"tier", "input", "cached", "cache_write", "cache_write_12h", "output"}
    | {"audio_input", "audio_output", "reasoning", "estimated"}
)


def row_of(call: Call) -> dict[str, Any]:
    """Return the call as its columns."""
    return dict(zip(COLUMNS, _values(call), strict=True))


def merged(known: Call, told: Call) -> Call:
    """Return one call of two accounts of it; in which order they came makes no difference."""
    service = told if told.in_service else known
    line = told if told.in_log else known
    verified = known.verified if told.verified is None else told.verified
    facts: dict[str, Any] = {}
    for name in COLUMNS:
        first, second = (line, service) if name in _TOLD_BY_LINE else (service, line)
        value = getattr(first, name)
        missing = value is None and name not in _TOLD_TOGETHER
        facts[name] = getattr(second, name) if missing else value
    facts |= {
        "in_log": known.in_log or told.in_log,
        "in_service": known.in_service or told.in_service,
        "stored": known.stored or told.stored,
        "verified": verified,
        # An account's host is known, a line's only where it costs more.
        "region_factor": max(known.region_factor, told.region_factor),
    }
    return Call(**facts, tags={**known.tags, **told.tags})


def call_of_line(payload: bytes | str) -> Call:
    """Read the JSON of a usage line, version 1 with or without its newer keys. Raises NoCall."""
    try:
        line = json.loads(payload)
    except ValueError:
        raise NoCall("it is cut or not JSON") from None
    if not isinstance(line, dict):
        raise NoCall("it is no JSON object")
    if line.get("v") != 1:
        raise NoCall("its version `v` is not 1; a newer plugin needs a newer report")
    provider, identifier = _text_in(line, "provider"), _name(line.get("id"))
    nonce = _name(line.get("call"))
    if identifier and len(identifier) >= _SHORTEST_ID:
        key = f"{provider}:{identifier}"
    elif nonce:
        key = f"call:{nonce}"
    else:
        text = payload.encode() if isinstance(payload, str) else payload
        key = f"line:{hashlib.sha256(text).hexdigest()}"
    return Call(
        key=key,
        at=_moment(line.get("at")),
        provider=provider,
        api=_text_in(line, "api"),
        model=_text_in(line, "model"),
        asked_model=_name(line.get("asked_model")),
        app_id=_name(line.get("app_id")),
        user_digest=_digest(line.get("user")),
        id=identifier,
        request_id=_name(line.get("request_id")),
        stored=line.get("stored") is True,
        tier=_name(line.get("tier")),
        why=_name(line.get("why")),
        input=_count(line.get("input")),
        cached=_count(line.get("cached")),
        cache_write=_count(line.get("cache_write")),
        cache_write_12h=_count(line.get("cache_write_12h")),
        output=_count(line.get("output")),
        reasoning=_count(line.get("reasoning")),
        audio_input=_count(line.get("audio_input")),
        audio_output=_count(line.get("audio_output")),
        characters=_count(line.get("characters")),
        seconds=_number(line.get("seconds")),
        searches=_count(line.get("searches")),
        estimated=line.get("estimated") is True,
        finish=_name(line.get("finish")),
        error=_name(line.get("error")),
        ms=_count_or_none(line.get("ms")),
        first_ms=_count_or_none(line.get("first_ms")),
        in_log=True,
        region_factor=_factor(line.get("region_factor")),
        tags=_pairs(line.get("tags")),
    )


@dataclass(frozen=True, slots=True)
class Holder:
    """Who keeps a record: an account's name, its service, and the host that is asked."""

    account: str
    provider: Service
    host: str = ""


def call_of_completion(stored: JsonValue, holder: Holder) -> Call:
    """Read a stored chat completion. Raises NoCall."""
    record = _checked(stored)
    usage = _object_in(record, "usage")
    read = _object_in(usage, "prompt_tokens_details")
    written = _object_in(usage, "completion_tokens_details")
    return _call_of_record(
        record,
        holder,
        api="chat",
        at=_count(record.get("created")) * 1000,
        finish=_finish(record.get("choices")),
        input=_count(usage.get("prompt_tokens")),
        cached=_count(read.get("cached_tokens")),
        cache_write=_count(read.get("cache_write_tokens")),
        audio_input=_count(read.get("audio_tokens")),
        output=_count(usage.get("completion_tokens")),
        reasoning=_count(written.get("reasoning_tokens")),
        audio_output=_count(written.get("audio_tokens")),
    )


def call_of_response(stored: JsonValue, holder: Holder) -> Call:
    """Read a stored response. Raises NoCall."""
    record = _checked(stored)
    usage = _object_in(record, "usage")
    read = _object_in(usage, "input_tokens_details")
    kept = _object_in(read, "cache_write_tokens_details")
    written = _object_in(usage, "output_tokens_details")
    return _call_of_record(
        record,
        holder,
        api="responses",
        at=_count(record.get("created_at")) * 1000,
        input=_count(usage.get("input_tokens")),
        cached=_count(read.get("cached_tokens")),
        cache_write=_count(read.get("cache_write_tokens")),
        cache_write_12h=_count(kept.get("ttl_12h_tokens")),
        output=_count(usage.get("output_tokens")),
        reasoning=_count(written.get("reasoning_tokens")),
        verified=True,
    )


def _checked(record: JsonValue) -> JsonObject:
    if not isinstance(record, dict):
        raise NoCall("it is no JSON object")
    return record


def _call_of_record(record: JsonObject, holder: Holder, *, at: int, **facts: Any) -> Call:
    identifier = _text_in(record, "id")
    if not at:
        raise NoCall("it does not say when it was created")
    metadata, model = _pairs(record.get("metadata")), _text_in(record, "model")
    return Call(
        key=f"{holder.provider}:{identifier}",
        at=at,
        account=holder.account,
        provider=holder.provider,
        region_factor=str(region_factor(holder.provider, model, holder.host)),
        model=model,
        app_id=_name(metadata.get("dify_app_id")),
        user_digest=_digest(metadata.get("dify_user")),
        id=identifier,
        request_id=_name(record.get("request_id")),
        stored=True,
        tier=_name(record.get("service_tier")),
        in_service=True,
        tags={name: value for name, value in metadata.items() if name not in _OWN_PAIRS},
        **facts,
    )


def _finish(choices: JsonValue) -> str | None:
    first = choices[0] if isinstance(choices, list) and choices else None
    return _name(first.get("finish_reason")) if isinstance(first, dict) else None


def _moment(text: JsonValue) -> int:
    try:
        moment = datetime.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise NoCall("its `at` is no time") from None
    if moment.tzinfo is None:
        raise NoCall("its `at` names no time zone")
    return round(moment.timestamp() * 1000)


def _text_in(facts: JsonObject, name: str) -> str:
    if (value := _name(facts.get(name))) is None:
        raise NoCall(f"its `{name}` is missing")
    return value


def _name(value: JsonValue) -> str | None:
    # PostgreSQL's texts hold no NUL.
    return value.replace("\0", "") or None if isinstance(value, str) else None


def _digest(value: JsonValue) -> str | None:
    """Return a user as a digest; `plain` in a credential's form puts the id itself there."""
    if not isinstance(value, str) or not value:
        return None
    if _DIGEST.fullmatch(value):
        return value
    return hashlib.sha256(value.encode("utf-8", errors="replace")).hexdigest()


def _object_in(facts: JsonObject, name: str) -> JsonObject:
    value = facts.get(name)
    return value if isinstance(value, dict) else {}


def _pairs(value: JsonValue) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        name.replace("\0", ""): text.replace("\0", "")
        for name, text in value.items()
        if isinstance(text, str)
    }


def _number(value: JsonValue) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return value if 0 <= value < _MOST_COUNTED else 0.0


def _count(value: JsonValue) -> int:
    return round(_number(value))


def _factor(value: JsonValue) -> str:
    return value if isinstance(value, str) and _FACTOR.fullmatch(value) else _NO_FACTOR


def _count_or_none(value: JsonValue) -> int | None:
    return None if value is None else _count(value)
