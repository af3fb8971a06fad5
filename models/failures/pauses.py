"""What a response's headers say of another attempt: whether, and after how long."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """Return what the service itself says about trying again, None where it says nothing.

    `x-should-retry` of OpenAI; its official clients obey it before all else.
    """
    match headers.get("x-should-retry", "").strip().lower():
        case "true":
            return True
        case "false":
            return False
        case _:
            return None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the longer of `retry-after-ms` and `retry-after`: Azure sends 0 ms beside 1 s."""
    pauses = (
        _number(headers.get("retry-after-ms"), scale=0.001),
        _number(headers.get("retry-after")),
        _until(headers.get("retry-after")),
    )
    return max((pause for pause in pauses if pause is not None), default=None)


def _number(value: str | None, scale: float = 1.0) -> float | None:
    try:
        return max(0.0, float(value) * scale) if value else None
    except ValueError:
        return None


def _until(value: str | None) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time()) if value else None
    except (ValueError, OverflowError):
        return None
