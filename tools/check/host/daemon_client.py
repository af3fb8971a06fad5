"""A running plugin daemon as Dify's API speaks to it: install packages, list them, call models.

Follows dify-plugin-daemon 0.6.10, internal/server: the paths, the envelope `code`, `message`,
`data` of every answer and of every event, and the errors of plugins, which it quotes as JSON.
"""

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject, LogRecord
from tools.check.errors import CheckFailure

_SECONDS = 600.0  # the daemon's own limit for a call and for an environment
_POLL_SECONDS = 0.5
_QUOTED = 300
# What a request of `fakes.dify_daemon.requests` has for the plugin alone; the path says it here.
_OF_THE_PLUGIN = frozenset({"type", "action", "user_id"})
_PATHS = {
    "invoke_llm": "llm/invoke",
    "invoke_text_embedding": "text_embedding/invoke",
    "invoke_moderation": "moderation/invoke",
    "invoke_speech2text": "speech2text/invoke",
    "invoke_tts": "tts/invoke",
    "validate_provider_credentials": "model/validate_provider_credentials",
    "validate_model_credentials": "model/validate_model_credentials",
}


@dataclass(frozen=True, slots=True)
class DaemonClient:
    """A workspace of its own at a daemon; leaving its `with` block removes what it installed.

    installed: the plugin id (`author/name`) of each provider. log: empty, the daemon has it.
    """

    http: httpx2.Client
    installed: dict[str, str] = field(default_factory=dict)
    log: Sequence[LogRecord] = ()

    @classmethod
    def at(cls, url: str, key: str) -> Self:
        """Speak to the daemon at this address, with its SERVER_KEY."""
        address = f"{url.rstrip('/')}/plugin/{uuid.uuid4()}/"
        limits = httpx2.Limits(max_connections=None)
        headers = {"X-Api-Key": key}
        return cls(
            httpx2.Client(
                base_url=address, headers=headers, timeout=_SECONDS, limits=limits, trust_env=False
            )
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove every plugin of the workspace."""
        for plugin in self.plugins():
            self._ask("POST", "uninstall", json={"plugin_installation_id": plugin["id"]})
        self.http.close()

    def upload(self, content: bytes, *, bundle: bool = False, verify: bool = False) -> list[str]:
        """Hand over a package or a bundle; return the identifiers of the plugins in it.

        verify: ask for a known signature, as a workspace may that trusts few.

        Raises:
            CheckFailure: the daemon refuses it.
        """
        kind, name = ("bundle", "dify_bundle") if bundle else ("package", "dify_pkg")
        told = self._ask(
            "POST",
            f"install/upload/{kind}",
            files={name: (f"plugin.{name}", content)},
            data={"verify_signature": str(verify).lower()},
        )
        entries = [entry["value"] for entry in told] if bundle else [told]
        return [str(entry["unique_identifier"]) for entry in entries]

    def install(self, identifiers: Sequence[str]) -> None:
        """Install uploaded plugins and wait until they run."""
        body = {
            "plugin_unique_identifiers": list(identifiers),
            "source": "package",
            "metas": [{} for _ in identifiers],
        }
        self._await(self._ask("POST", "install/identifiers", json=body))
        for identifier in identifiers:
            plugin_id = identifier.split(":")[0]
            self.installed[plugin_id.split("/")[1]] = plugin_id

    def upgrade(self, old: str, new: str) -> None:
        """Put one plugin in another's place, as Dify does for GitHub and the Marketplace."""
        body = {
            "original_plugin_unique_identifier": old,
            "new_plugin_unique_identifier": new,
            "source": "github",
            "meta": {},
        }
        self._await(self._ask("POST", "install/upgrade", json=body))

    def plugins(self) -> list[dict[str, Any]]:
        """Return the workspace's plugins."""
        return list(self._ask("GET", "list?page=1&page_size=100")["list"])

    def providers(self) -> dict[str, dict[str, Any]]:
        """Return the declarations of the workspace's model providers, by their names."""
        told = self._ask("GET", "models?page=1&page_size=100")
        return {entry["declaration"]["provider"]: entry["declaration"] for entry in told}

    def asset(self, name: str) -> bytes:
        """Return an icon by the name that a declaration has for it."""
        answer = self.http.get(f"asset/{name}")
        if answer.is_error:
            raise CheckFailure(f"the daemon has no asset {name!r}: status {answer.status_code}")
        return answer.content

    def open_session(self, request: JsonObject, *, app_id: str | None = None) -> Iterator[Any]:
        """Call a model with a request of `fakes.dify_daemon.requests`; yield its results.

        Raises:
            PluginError: the plugin answered with an error.
            CheckFailure: the daemon did.
        """
        body = {
            "user_id": request["user_id"],
            "data": {name: request[name] for name in request if name not in _OF_THE_PLUGIN},
            **({} if app_id is None else {"app_id": app_id}),
        }
        plugin_id = self.installed[str(request["provider"])]
        path = f"dispatch/{_PATHS[str(request['action'])]}"
        headers = {"X-Plugin-ID": plugin_id}
        with _reached(), self.http.stream("POST", path, json=body, headers=headers) as answer:
            for line in answer.iter_lines():
                if text := line.removeprefix("data:").strip():
                    yield _data(_parsed(text, answer.status_code))

    def _ask(self, method: str, path: str, **content: Any) -> Any:
        with _reached():
            answer = self.http.request(method, f"management/{path}", **content)
        return _data(_parsed(answer.text, answer.status_code))

    def _await(self, begun: Mapping[str, Any]) -> None:
        """Wait for a task of the daemon to end well."""
        deadline = time.monotonic() + _SECONDS
        while not begun["all_installed"] and time.monotonic() < deadline:
            task = self._ask("GET", f"install/tasks/{begun['task_id']}")
            if task["status"] == "success":
                return
            if task["status"] == "failed":
                words = "; ".join(plugin["message"] for plugin in task["plugins"])
                raise CheckFailure(f"the daemon did not install it: {words[-_QUOTED:]}")
            time.sleep(_POLL_SECONDS)
        if not begun["all_installed"]:
            raise CheckFailure(f"the daemon did not install it within {_SECONDS:.0f} s")


@contextmanager
def _reached() -> Iterator[None]:
    """Say of a connection that breaks that it is the daemon's."""
    try:
        yield
    except httpx2.TransportError as error:
        raise CheckFailure(
            f"no answer of the plugin daemon at {error.request.url}: {error}"
        ) from error


def _parsed(text: str, status: int) -> dict[str, Any]:
    try:
        envelope = json.loads(text)
        if isinstance(envelope, dict) and "code" in envelope:
            return envelope
    except ValueError:
        pass  # said below
    raise CheckFailure(f"the daemon answers {status} {text[:_QUOTED]!r}")


def _data(envelope: Mapping[str, Any]) -> Any:
    """Return what an envelope holds; raise the error that it is."""
    if envelope["code"] == 0:
        return envelope["data"]
    told: Any = envelope["message"]
    while isinstance(told, str):
        words = told[:_QUOTED]
        try:
            told = json.loads(told)
        except ValueError:
            raise CheckFailure(f"the daemon says: {words}") from None
        match told:
            case {"error_type": "PluginInvokeError", "message": str(inner)}:
                told = inner
            case {"error_type": str(kind), "message": str(words)}:
                if kind.startswith("PluginDaemon"):
                    raise CheckFailure(f"the daemon says: {words[:_QUOTED]}")
                raise PluginError(kind, words, {})
    raise CheckFailure(f"the daemon says: {told}")
