"""The daemon's end of stdin; the process ends with it."""

import os
import sys
from collections.abc import Generator
from contextlib import suppress
from typing import override

from dify_plugin.core.entities.plugin.io import PluginInStream
from dify_plugin.core.server.stdio.request_reader import StdioRequestReader
from dify_plugin.core.server.stdio.response_writer import StdioResponseWriter

from models.daemon.input import requests_in


class StdinReader(StdioRequestReader):
    """Reads until stdin ends, where the SDK's reader goes on reading what has ended."""

    @override
    def _read_stream(self) -> Generator[PluginInStream]:
        yield from requests_in(iter(self._read_async, b""), self, StdioResponseWriter())
        # Nobody is left to answer to, and whoever waits for this process waits for its end.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(0)
