"""The usage line: one log record per call with what the service's own records cannot give.

The message is `usage ` and compact JSON, version 1 of docs/metadata.md: ids and counts, no
content, no secret, no user id. The daemon copies it into its log.
"""

import json
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

from models.endpoints.endpoint import Endpoint
from models.llm.reply import Api, Reply, TokenUsage

logger = logging.getLogger(__name__)

_NO_USAGE = TokenUsage(input=0, output=0)


@dataclass(slots=True)
class UsageLine:
    """Collects the facts of one call while it runs; `write` logs them, once."""

    endpoint: Endpoint
    api: Api
    app_id: str | None
    stored: bool = False
    request_id: str | None = None
    _at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _started: float = field(default_factory=monotonic)
    _first_ms: int | None = None

    def note_first_text(self) -> None:
        """Note that the first piece of a streamed answer has arrived."""
        if self._first_ms is None:
            self._first_ms = self._elapsed_ms()

    def write(self, reply: Reply | None, error: str | None = None) -> None:
        """Log the line. `reply` is None for a call that failed, `error` names the class of why."""
        usage = (reply.usage if reply else None) or _NO_USAGE
        facts = {
            "v": 1,
            "at": self._at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "id": reply.id if reply else None,
            "request_id": self.request_id,
            "provider": self.endpoint.provider,
            "api": self.api,
            "model": (reply.model if reply else "") or self.endpoint.model,
            "app_id": self.app_id,
            "stored": self.stored,
            "tier": reply.service_tier if reply else None,
            "input": usage.input,
            "cached": usage.cached,
            "cache_write": usage.cache_write,
            "output": usage.output,
            "reasoning": usage.reasoning,
            "estimated": usage.estimated,
            "finish": reply.finish_reason if reply else None,
            "error": error,
            "ms": self._elapsed_ms(),
            "first_ms": self._first_ms,
        }
        logger.info("usage %s", json.dumps(facts, ensure_ascii=False, separators=(",", ":")))

    def _elapsed_ms(self) -> int:
        return round((monotonic() - self._started) * 1000)
