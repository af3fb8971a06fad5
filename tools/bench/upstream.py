"""The upstream: answers at the socket with bytes that were made before, at times set in advance.

Run as `python -m tools.bench.upstream CERTIFICATE`; it says on its first line where it listens
and ends when its stdin does. Both APIs, streamed or not, over http and TLS; no rule is checked.
"""

import asyncio
import gc
import json
import re
import ssl
import sys
import time
from typing import cast, override

from tools.bench.answer_bytes import NOT_FOUND, PATHS, StreamBytes, plain_response, stream_bytes
from tools.bench.scale import (
    BURST_STREAM,
    CROWDS_APART_MS,
    GROWTH_DELTAS,
    IDEAL_MS,
    LONG_STREAM,
    PACED_STREAM,
    RATES_APART_MS,
    SHORT_STREAM,
)
from tools.bench.script import Script, read_script

_HEAD_END = b"\r\n\r\n"
_CONTENT_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": *true')
# `stream` is a short field; it stands before or after the prompt.
_EDGE_BYTES = 4096


class _PacedStream:
    """One stream on its absolute schedule: a late write does not delay the next one."""

    def __init__(self, transport: asyncio.Transport, stream: StreamBytes, script: Script) -> None:
        self._transport = transport
        self._stream = stream
        self._script = script
        self._seconds_apart = script.apart_ms / 1000
        self._stamps: list[int] = []
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()

    def write_next(self) -> None:
        """Write the next delta or the end, and set the time of the one after it."""
        if self._transport.is_closing():
            return
        number = len(self._stamps)
        if number and number == self._script.cut_after:
            self._transport.close()
            return
        if number == len(self._stream.deltas):
            self._transport.write(self._stream.end_after(self._stamps))
            return
        stamp = self._script.stamp(number, time.monotonic_ns())
        self._transport.write(self._stream.delta(number, stamp))
        self._stamps.append(stamp)
        next_at = self._started + (number + 1) * self._seconds_apart
        self._loop.call_at(next_at, self.write_next)


class _Connection(asyncio.Protocol):
    """One connection: requests with a content length, one after the other."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._transport: asyncio.Transport

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # TCP and TLS give no other

    @override
    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(_HEAD_END)
        if head_end < 0:
            return
        length = _CONTENT_LENGTH.search(self._received, 0, head_end)
        body_start = head_end + len(_HEAD_END)
        request_end = body_start + (int(length[1]) if length else 0)
        if len(self._received) >= request_end:
            target = bytes(self._received[:head_end]).split(b" ", 2)[1].partition(b"?")[0]
            self._answer(target, self._received[body_start:request_end])
            del self._received[:request_end]

    def _answer(self, target: bytes, body: bytearray) -> None:
        path = next((known for known in PATHS if target.endswith(known)), None)
        if path is None:
            self._transport.write(NOT_FOUND)
            return
        if not (_STREAM.search(body[:_EDGE_BYTES]) or _STREAM.search(body[-_EDGE_BYTES:])):
            self._transport.write(plain_response(path))
            return
        script = read_script(body)
        stream = stream_bytes(path, script.deltas)
        if script.apart_ms:
            _PacedStream(self._transport, stream, script).write_next()
        else:
            self._transport.write(stream.whole)


def _prepare() -> None:
    """Make the answers before anybody waits for one."""
    lengths = {SHORT_STREAM, PACED_STREAM, BURST_STREAM, LONG_STREAM, *GROWTH_DELTAS}
    lengths |= {IDEAL_MS // apart for apart in (*CROWDS_APART_MS.values(), *RATES_APART_MS)}
    for path in PATHS:
        plain_response(path)
        for deltas in lengths:
            stream_bytes(path, deltas)


async def _serve(certificate: str) -> None:
    _prepare()
    loop = asyncio.get_running_loop()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    # The backlog takes a burst of new connections, as a service's load balancer does.
    plain_server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024)
    tls_server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=1024, ssl=tls)
    http_port, tls_port = (
        server.sockets[0].getsockname()[1] for server in (plain_server, tls_server)
    )
    ready = {"http": f"http://127.0.0.1:{http_port}", "tls": f"https://127.0.0.1:{tls_port}"}
    print(json.dumps(ready), flush=True)
    # Nothing is built while it serves, so a collection would only add pauses.
    gc.disable()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
