"""The daemon's requests, a line of JSON each on stdin; the process ends with them."""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import Any, override

from dify_plugin.core.entities.plugin.io import PluginInStream, PluginInStreamEvent
from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter
from gevent.socket import wait_read
from pydantic_core import from_json

# What a pipe holds.
_MOST_BYTES = 64 << 10


class StdinReader(StdioRequestReader):
    """Reads as the SDK's reader does, but repeats nothing of a line that is no request.

    The SDK's shows a part of it, which may be a key, and goes on reading what has ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self._writer = StdioResponseWriter()

    @override
    def _read_stream(self) -> Generator[PluginInStream]:
        for line in self._lines():
            try:
                request = self._request(from_json(line))
            except (ValueError, LookupError, TypeError):
                said = f"a line of {len(line)} bytes on stdin is no request and was left out"
                self._writer.error(data={"error": said})
            else:
                yield request
        # Nobody is left to answer to, and whoever waits for this process waits for its end.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(0)

    @override
    def _read_async(self) -> bytes:
        """Wait in the event loop: a thread, as the SDK takes, costs each call 0.05 ms to wake."""
        stdin = sys.stdin.fileno()
        wait_read(stdin)
        return os.read(stdin, _MOST_BYTES)

    def _lines(self) -> Iterator[bytes]:
        begun: list[bytes] = []
        while piece := self._read_async():
            *ends, rest = piece.split(b"\n")
            for end in ends:
                line = b"".join((*begun, end)).strip()
                begun.clear()
                if line:
                    yield line
            begun.append(rest)

    def _request(self, message: dict[str, Any]) -> PluginInStream:
        return PluginInStream(
            session_id=message["session_id"],
            conversation_id=message.get("conversation_id"),
            message_id=message.get("message_id"),
            app_id=message.get("app_id"),
            endpoint_id=message.get("endpoint_id"),
            event=PluginInStreamEvent.value_of(message["event"]),
            data=message["data"],
            context=message.get("context"),
            reader=self,
            writer=self._writer,
        )
