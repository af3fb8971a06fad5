"""Usage lines in the plugin daemon's log, and what else stands there (0.6.10)."""

import json
from typing import Any

from fakes.dify_daemon.events import LogRecord
from fakes.dify_daemon.log_lines import json_line, text_line

_AT = 1795816304.556865  # 2026-11-27T21:51:44.556865Z
FOREIGN = (
    "2026-11-27T21:47:03.15531517Z INFO dify-plugin-daemon middleware.go:83 trace_id=8a9d "
    "HTTP request latency_ms=0 method=GET path=/health/check status=200",
    "",
    "2026/11/27 21:48:52 \x1b[31;1m/src/internal/db/executor.go:259 \x1b[35;1mrecord not found",
    '[43.059ms] [rows:0] SELECT * FROM "plugins" WHERE name = \'usage {"a":1}\'',
    "2026-11-27T21:51:44.5Z INFO dify-plugin-daemon logger.go:61 plugin instance log "
    'message="disk usage {free: 1}" instance=01a21efb plugin=another/tool:0.1',
)


def payload(**facts: Any) -> dict[str, Any]:
    """Return the facts of a usage line of version 1, as its first plugin wrote it."""
    return {
        "v": 1,
        "at": "2026-11-27T21:51:44.542Z",
        "id": "chatcmpl-e79a8b9562caa9f0cbeea4db1bdf",
        "request_id": "req_c7c283885f06",
        "provider": "openai",
        "api": "chat",
        "model": "gpt-4o-mini-2024-07-18",
        "app_id": "app-1",
        "stored": True,
        "tier": "default",
        "input": 100,
        "cached": 20,
        "cache_write": 0,
        "output": 10,
        "reasoning": 0,
        "estimated": False,
        "finish": "stop",
        "error": None,
        "ms": 1400,
        "first_ms": None,
        **facts,
    }


def message(**facts: Any) -> str:
    """Return the message of the log record."""
    return f"usage {json.dumps(payload(**facts), ensure_ascii=False, separators=(',', ':'))}"


def as_text(said: str, *, message_first: bool = False) -> str:
    """Return the line that the daemon writes of a plugin's record."""
    return text_line(LogRecord("INFO", said, _AT), message_first=message_first)


def as_json(said: str) -> str:
    """Return the same where the daemon writes JSON."""
    return json_line(LogRecord("INFO", said, _AT))
