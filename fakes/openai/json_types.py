"""A parsed JSON object."""

from typing import Any

type JsonObject = dict[str, Any]
