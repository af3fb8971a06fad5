"""Connections are kept: a new one costs a handshake, and time that every stream waits for."""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock

from models.endpoints.connection import Connection

# A workspace has a handful of credentials; a process of Dify Cloud may see hundreds.
_CAPACITY = 64
_lock = Lock()
_connections: OrderedDict[str, Connection] = OrderedDict()


def digest_of(settings: Mapping[str, str]) -> str:
    """Name a connection by all that makes it, showing nothing of it (SHA-256, hexadecimal)."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def connection_for(digest: str, make: Callable[[], Connection]) -> Connection:
    """Return the connection of this digest, making it if it is new.

    The one that was used longest ago leaves when there are too many. It is closed as soon as no
    call uses it any more, so a stream that still runs is not cut.
    """
    with _lock:
        connection = _connections.pop(digest, None) or make()
        _connections[digest] = connection
        if len(_connections) > _CAPACITY:
            _connections.popitem(last=False)
        return connection
