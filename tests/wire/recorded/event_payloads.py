"""The payloads of a recorded stream of server-sent events, from its bytes."""

import json
from collections.abc import Iterator

from pydantic import JsonValue

_END = b"[DONE]"


def payloads(body: bytes) -> Iterator[dict[str, JsonValue]]:
    """Yield the JSON object of each event; `[DONE]` is none.

    `bytes.splitlines` breaks at CR and LF alone, as the format wants it.
    """
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:].lstrip(b" ") for line in block.splitlines() if line[:5] == b"data:"]
        data = b"\n".join(lines)
        if data and data != _END:
            yield json.loads(data)
