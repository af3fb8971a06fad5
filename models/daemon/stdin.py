"""The daemon's end of stdin; the process ends with it."""

import os
import sys
from collections.abc import Generator
from contextlib import suppress
from typing import override

from dify_plugin.core.entities.plugin.io import PluginInStream
from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from gevent.socket import wait_read

from models.daemon.input import requests_in
from models.daemon.stdout import StdoutWriter

# What a pipe holds.
_MOST_BYTES = 64 << 10


class StdinReader(StdioRequestReader):
    """Reads until stdin ends, where the SDK's reader goes on reading what has ended."""

    def __init__(self, writer: StdoutWriter) -> None:
        super().__init__()
        self._writer = writer

    @override
    def _read_stream(self) -> Generator[PluginInStream]:
        yield from requests_in(iter(self._read_async, b""), self, self._writer)
        # Nobody is left to answer to, and whoever waits for this process waits for its end.
        with suppress(OSError):
            self._writer.flush()
        os._exit(0)

    @override
    def _read_async(self) -> bytes:
        """Wait in the event loop: a thread, as the SDK takes, costs each call 0.05 ms to wake."""
        stdin = sys.stdin.fileno()
        wait_read(stdin)
        return os.read(stdin, _MOST_BYTES)
