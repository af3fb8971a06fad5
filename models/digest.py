"""A name for what may not be named: the SHA-256 of an id, the same wherever it is sent."""

import hashlib


def digest(identifier: str) -> str:
    """Return 64 hexadecimal digits; what UTF-8 cannot carry is replaced."""
    return hashlib.sha256(identifier.encode("utf-8", errors="replace")).hexdigest()
