"""The connection to the host on which a plugin is debugged remotely; the process ends with it."""

import logging
import os
import sys
import time
from collections.abc import Callable, Generator, Iterator
from threading import Lock
from typing import NoReturn, override

from dify_plugin.core.entities.plugin.io import PluginInStream
from dify_plugin.core.server.tcp.request_reader import TCPReaderWriter

from models.daemon.input import requests_in
from models.failures.words import shown

logger = logging.getLogger(__name__)

# After a host has gone, before it is looked for again; it may be starting anew.
_PAUSES_SECONDS = (1.0, 2.0, 4.0)
_READ_BYTES = 1 << 20


class DebuggingConnection(TCPReaderWriter):
    """Reads and writes as the SDK's connection does, and ends in a sentence.

    The SDK's turns in a circle when a host has gone, and connects for ever with a wrong key.
    """

    def __init__(self, host: str, port: int, key: str, on_connected: Callable[[], None]) -> None:
        super().__init__(host, port, key, on_connected=on_connected)
        self._line = Lock()
        self._served = True

    @override
    def launch(self) -> None:
        """Connect and register, or end the process: at a start nobody is to be waited for."""
        try:
            self._connect_once()
        except (OSError, UnicodeError, OverflowError) as error:  # also no name, and no port
            said = getattr(error, "strerror", None) or error
            self._end(f"cannot be reached ({said}); check its address and port")

    @override
    def write(self, data: str) -> None:
        """Write a line in one piece. What is lost with a connection has nobody to read it."""
        with self._line:
            if self.alive:
                try:
                    self.sock.sendall(data.encode())
                except OSError:
                    self.alive = False

    @override
    def _read_stream(self) -> Generator[PluginInStream]:
        while True:
            for request in requests_in(self._pieces(), self, self):
                self._served = True
                yield request
            self.alive = False
            self.sock.close()
            self._connect_again()

    def _pieces(self) -> Iterator[bytes]:
        """Yield what the host sends; a host that refuses a plugin says why and hangs up."""
        begun = False
        while piece := self._received():
            if not begun and not piece.lstrip().startswith(b"{"):
                said = shown(piece.decode(errors="replace"), [self.key])
                self._end(f"refused the plugin: {said!r}; copy its key again, which changes")
            begun = True
            yield piece

    def _received(self) -> bytes:
        try:
            return self.sock.recv(_READ_BYTES)
        except OSError:
            return b""

    def _connect_again(self) -> None:
        if not self._served:
            self._end("closed the connection twice without a request; its log says why")
        self._served = False
        for pause in _PAUSES_SECONDS:
            time.sleep(pause)
            try:
                self._connect_once()
            except OSError:
                continue
            return
        self._end("closed the connection and cannot be reached any more; start it, then the plugin")

    def _end(self, what: str) -> NoReturn:
        end(f"The Dify host {self.host}:{self.port} {what}")


def end(sentence: str) -> NoReturn:
    """End the process, which is of no use without its host, and say why."""
    logger.error("%s", sentence)
    sys.stdout.flush()
    os._exit(1)
