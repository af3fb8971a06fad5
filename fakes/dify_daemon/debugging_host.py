"""The host's side of remote debugging: a plugin connects by TCP, registers itself, then serves.

Follows dify-plugin-daemon 0.6.10, internal/core/debugging_runtime: what a plugin must say, in which
order, and that of several model providers the first one is taken.
"""

import base64
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import override

from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from fakes.dify_daemon.connection import PluginConnection
from fakes.dify_daemon.errors import PluginDied, ProtocolViolation
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.limits import DaemonLimits

_ASSETS_BYTES = 50 * 1024 * 1024
_ICONS = ("icon_small", "icon_large", "icon_small_dark", "icon_large_dark")


class _Message(BaseModel):
    type: str
    data: dict[str, JsonValue] | list[dict[str, JsonValue]]


@dataclass(frozen=True, slots=True)
class Registration:
    """What a plugin said about itself; `provider` is the one that the host will show."""

    manifest: JsonObject
    provider: JsonObject
    assets: Mapping[str, bytes]


class DebuggingHost(PluginConnection):
    """Waits for one plugin on a port of its own; leaving its `with` block closes the connection."""

    def __init__(self, key: str, limits: DaemonLimits | None = None) -> None:
        super().__init__(limits)
        self._key = key
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(self.limits.first_heartbeat)
        self._connection: socket.socket | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a developer writes into `.env` to reach this host."""
        host, port = self._listener.getsockname()
        return {
            "INSTALL_METHOD": "remote",
            "REMOTE_INSTALL_HOST": host,
            "REMOTE_INSTALL_PORT": str(port),
            "REMOTE_INSTALL_KEY": self._key,
        }

    def accept(self) -> Registration:
        """Wait for the plugin and take its registration.

        Raises:
            ProtocolViolation: a message that makes the host close the connection.
            TimeoutError: the plugin did not come, or did not finish, in time.
        """
        self._connection, _ = self._listener.accept()
        self._connection.settimeout(self.limits.first_heartbeat)
        lines = iter(self._connection.makefile("rb"))
        registration = self._register(self._connection, _messages(lines))
        self._connection.settimeout(None)
        threading.Thread(target=self._serve, args=(lines,), daemon=True).start()
        return registration

    @override
    def stop(self) -> None:
        """Close the connection and the port."""
        self.hang_up()
        self._listener.close()

    def hang_up(self) -> None:
        """Close the connection; the plugin may come again."""
        if self._connection is not None:
            # The reader's file holds the socket too: closing alone would not end the connection.
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)
            self._connection.close()

    def _register(self, connection: socket.socket, messages: Iterator[_Message]) -> Registration:
        first = next(messages)
        if first.type != "handshake" or first.data != {"key": self._key}:
            connection.sendall(b"handshake failed, invalid key\n")
            self.stop()
            raise ProtocolViolation("A connection begins with a handshake that has the right key.")
        declared: dict[str, JsonObject | list[JsonObject]] = {}
        assets: dict[str, bytearray] = {}
        for message in messages:
            if message.type == "end":
                break
            if message.type == "asset_chunk":
                _add_chunk(assets, message.data)
            elif message.type in declared:
                raise ProtocolViolation(f"`{message.type}` was sent twice.")
            else:
                declared[message.type] = message.data
        manifest = declared.get("manifest_declaration")
        providers = declared.get("model_declaration")
        if not isinstance(manifest, dict) or not isinstance(providers, list) or not providers:
            raise ProtocolViolation("A model plugin sends its manifest and its model providers.")
        registration = Registration(
            manifest, providers[0], {name: bytes(data) for name, data in assets.items()}
        )
        _check_icons(registration)
        return registration

    @override
    def _send(self, line: bytes) -> None:
        if self._connection is None:
            raise RuntimeError("No plugin has connected; call accept() first.")
        self._connection.sendall(line)

    def _serve(self, lines: Iterator[bytes]) -> None:
        try:
            self._read(lines)
        except OSError:
            pass  # closed on our side; the sessions are told below
        except ProtocolViolation as violation:
            self._fail(violation)
        self._fail(PluginDied("The connection ended while this session was open."))


def _messages(lines: Iterator[bytes]) -> Iterator[_Message]:
    for line in lines:
        if line.strip():
            try:
                yield _Message.model_validate_json(line)
            except ValidationError as error:
                raise ProtocolViolation(f"A message that cannot be read: {error}") from error
    raise ProtocolViolation("The connection ended before the registration did.")


def _add_chunk(assets: dict[str, bytearray], data: object) -> None:
    chunk = TypeAdapter(dict[str, JsonValue]).validate_python(data)
    content = base64.b64decode(str(chunk["data"]), validate=True)
    assets.setdefault(str(chunk["filename"]), bytearray()).extend(content)
    if sum(map(len, assets.values())) > _ASSETS_BYTES:
        raise ProtocolViolation("The assets of a plugin may have 50 MB.")


def _check_icons(registration: Registration) -> None:
    """Fail as the host does when it replaces the names of icons by their contents."""
    named = {registration.manifest.get("icon"), registration.manifest.get("icon_dark")}
    for field in _ICONS:
        icon = registration.provider.get(field)
        if isinstance(icon, dict):
            named.update(icon.values())
    for name in named - {None, ""}:
        if name not in registration.assets:
            raise ProtocolViolation(f"The icon {name!r} is not among the assets.")
