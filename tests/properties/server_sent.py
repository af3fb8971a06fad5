"""Payloads as server-sent events, as the services send them."""

from collections.abc import Sequence


def to_stream(payloads: Sequence[bytes], line_end: bytes = b"\n") -> bytes:
    """Return a stream with one event for each payload."""
    return b"".join(to_event(payload, line_end) for payload in payloads)


def to_event(payload: bytes, line_end: bytes = b"\n") -> bytes:
    """Return one event; each line of the payload has a `data` field of its own."""
    lines = [b"data: " + line for line in payload.split(b"\n")]
    return line_end.join([*lines, b"", b""])
