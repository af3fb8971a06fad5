"""A parsed JSON object, and how a body becomes one."""

import json
from typing import Any

type JsonObject = dict[str, Any]


def parse_object(content: bytes) -> JsonObject | None:
    """Return the JSON object that a body is, None if it is none."""
    try:
        body = json.loads(content)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
