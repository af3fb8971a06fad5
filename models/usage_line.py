"""The usage line: one log record per call with what the service's own records cannot give.

The message is `usage ` and compact JSON, version 1 of docs/metadata.md: ids and counts, no
content, no secret, no user id but a digest. The daemon copies it into its log.
"""

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from time import monotonic

from pydantic import JsonValue

from models.attribution import Origin, digest
from models.failures.words import name_of, shown
from models.pricing import cost_at
from models.service.endpoint import Endpoint
from models.usage import Answered, TokenUsage

logger = logging.getLogger(__name__)

_NO_USAGE = TokenUsage(input=0, output=0)


@dataclass(slots=True)
class UsageLine:
    """Collects the facts of one call while it runs; `write` logs them, once.

    `api` is how the service is asked: `chat`, `responses`, or another operation's name; `why` says
    for what reason Responses was taken. What signs requests in is kept out of everything that the
    service said. Where the endpoint's calls are counted, the line's facts are reported as well.
    """

    endpoint: Endpoint
    api: str
    origin: Origin
    why: str | None = None
    stored: bool = False
    request_id: str | None = None
    _at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=monotonic)
    _first_ms: int | None = None

    def note_first_text(self) -> None:
        """Note that the first piece of a streamed answer has arrived."""
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()

    def write(self, answered: Answered | None, error: str | None = None) -> None:
        """Log the line. `answered` is None for a call that failed, `error` the class of why."""
        facts = self._call() | self._counted(answered) | {"error": error}
        facts |= {"ms": self._elapsed_ms(), "first_ms": self._first_ms}
        if answered:
            facts |= answered.more
        logger.info("usage %s", json.dumps(facts, ensure_ascii=False, separators=(",", ":")))
        if (report := self.endpoint.report) is not None:
            asked = shown(self.endpoint.model, self.endpoint.connection.secrets)
            report({**facts, "asked": asked})

    def _call(self) -> dict[str, JsonValue]:
        """Return what was known before the answer: which call it is, and where it comes from."""
        app_id, user = self.origin.app_id, self.origin.user
        names_user = self.endpoint.attribution.names_user and user
        return {
            "v": 1,
            "call": token_hex(8),
            "at": self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "provider": self.endpoint.provider,
            "api": self.api,
            "why": self.why,
            "app_id": None if app_id is None else str(app_id),
            "user": digest(str(user)) if names_user else None,
            "tags": dict(self.endpoint.attribution.tags),
            "stored": self.stored,
        }

    def _counted(self, answered: Answered | None) -> dict[str, JsonValue]:
        """Return what the service told, and what that costs."""
        told = answered or Answered(None, "", None)
        usage = told.usage or _NO_USAGE
        secrets = tuple(self.endpoint.connection.secrets)
        cost = cost_at(self.endpoint, told, self._at.date())
        facts: dict[str, JsonValue] = {
            "id": name_of(told.id, secrets),
            "request_id": name_of(self.request_id, secrets),
            "model": name_of(told.model, secrets) or shown(self.endpoint.model, secrets),
            "tier": name_of(told.tier, secrets),
            "input": usage.input,
            "cached": usage.cached,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "audio_input": usage.audio_input,
            "audio_output": usage.audio_output,
            "searches": told.searches,
            "estimated": usage.estimated,
            "cost": None if cost is None else f"{cost.total.normalize():f}",
            "finish": name_of(told.finish, secrets),
        }
        if usage.cache_write_12h:
            facts["cache_write_12h"] = usage.cache_write_12h
        if self.endpoint.region_factor != 1:
            facts["region_factor"] = str(self.endpoint.region_factor)
        return facts

    def _elapsed_ms(self) -> int:
        return round((monotonic() - self._started) * 1000)
