"""Both ends of the plugin: an app of Dify that asks, an account at the service that answers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import LLMAnswer, read_llm_answer
from fakes.dify_daemon.messages import assistant_message, system_message, user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from fakes.dify_daemon.requests import LLMOptions, ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session
from fakes.openai.process import LocalAccount

type Json = dict[str, JsonValue]

APP = "6f1c0f2e-0f5b-4d61-9a55-0d6f2f1d8f11"
USER = "an-end-user-of-dify"
CONVERSATION = [
    system_message("Answer briefly."),
    user_message("Which colour has the sky?"),
    assistant_message("Blue."),
    user_message("And at night?"),
]

# provider, path of the base URL, API protocol. Azure has dated API versions and /openai/v1.
ROUTES: dict[str, tuple[str, str, str]] = {
    "openai-chat": ("openai", "", "chat"),
    "openai-responses": ("openai", "", "responses"),
    "azure-chat": ("azure_openai", "", "chat"),
    "azure-responses": ("azure_openai", "", "responses"),
    "azure-v1-chat": ("azure_openai", "/openai/v1", "chat"),
    "azure-v1-responses": ("azure_openai", "/openai/v1", "responses"),
}
# The four routes that differ in more than the path.
FOUR_ROUTES = ("openai-chat", "openai-responses", "azure-chat", "azure-v1-responses")

every_route = pytest.mark.parametrize("route", ROUTES)
four_routes = pytest.mark.parametrize("route", FOUR_ROUTES)
every_mode = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
# Each of the four routes once, and each API in both modes.
each_api_and_mode = pytest.mark.parametrize(
    ("route", "stream"), [*zip(FOUR_ROUTES, (True, False, False, True), strict=True)]
)
responses_routes = pytest.mark.parametrize("route", ["openai-responses", "azure-v1-responses"])


def raw_json(body: Json, status: int = 200) -> Json:
    """Return the step that answers with this body."""
    headers: Json = {"content-type": "application/json"}
    return {"raw": {"status": status, "headers": headers, "body": json.dumps(body)}}


def raw_stream(*events: Json | str) -> Json:
    """Return the step that streams these events, texts as they are, and nothing else."""
    headers: Json = {"content-type": "text/event-stream"}
    payloads = (event if isinstance(event, str) else json.dumps(event) for event in events)
    body = "".join(f"data: {payload}\n\n" for payload in payloads)
    return {"raw": {"headers": headers, "body": body}}


@cache  # a test reads all lines of its plugin, of which most are those of earlier tests
def _usage_line(message: str) -> Json:
    line: Json = json.loads(message.removeprefix("usage "))
    return line


def object_in(value: JsonValue) -> Json:
    """Return a value if it is an object, an empty one otherwise."""
    return value if isinstance(value, dict) else {}


def objects_in(value: JsonValue) -> list[Json]:
    """Return the objects of a value that is a list of them, none otherwise."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Wire(LocalAccount):
    """A plugin, and an account at the local service: its own key, plan, journal and store."""

    plugin: PluginProcess

    def open_call(
        self,
        target: ModelTarget,
        options: LLMOptions | None = None,
        *,
        app_id: str | None = APP,
        messages: list[Json] | None = None,
    ) -> Session:
        """Ask a model, on behalf of an app."""
        request = invoke_llm(target, CONVERSATION if messages is None else messages, options)
        return self.plugin.open_session(request, app_id=app_id)

    def ask(
        self,
        target: ModelTarget,
        options: LLMOptions | None = None,
        *,
        app_id: str | None = APP,
        messages: list[Json] | None = None,
    ) -> LLMAnswer:
        """Ask a model and read the answer to its end."""
        return read_llm_answer(self.open_call(target, options, app_id=app_id, messages=messages))

    def usage_lines(self) -> list[Json]:
        """Return the usage lines that the plugin has logged so far, oldest first."""
        return [
            _usage_line(record.message)
            for record in self.plugin.log
            if record.message.startswith("usage ")
        ]

    def warnings(self) -> list[str]:
        """Return the warnings that the plugin has logged so far, oldest first."""
        return [record.message for record in self.plugin.log if record.level == "WARNING"]

    def plan(self, *steps: Mapping[str, JsonValue]) -> None:
        """Add steps to what the service answers next."""
        self.extend_plan(*(dict(step) for step in steps))

    def requests(self) -> list[Json]:
        """Return all that the service received for this account, in order."""
        return self.journal()

    def bodies(self) -> list[Json]:
        """Return the bodies of those requests."""
        return [body for request in self.requests() if isinstance(body := request["body"], dict)]

    def listed(self, app_id: str) -> list[Json]:
        """Return the stored chat completions of an app, as the service lists them."""
        query = {"metadata[dify_app_id]": app_id, "limit": "100"}
        answer = self.get("/v1/chat/completions", query)
        return list(answer["data"])  # type: ignore[arg-type]

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Json:
        """Read from the service as its owner may."""
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = self.control.get(path, params=dict(query or {}), headers=headers)
        answer.raise_for_status()
        body: Json = answer.json()
        return body

    def target(self, route: str, model: str = "gpt-4o-mini", **credentials: str) -> ModelTarget:
        """Return a model on one of the four routes, with the credentials that lead to it."""
        provider, path, protocol = ROUTES[route]
        defaults = {
            "openai_api_key": self.key,
            "openai_api_base": f"{self.url}{path}",
            "api_protocol": protocol,
        }
        if provider == "azure_openai":
            defaults |= {"auth_method": "api_key", "base_model_name": model}
        return ModelTarget(
            provider=provider, model=model, credentials={**defaults, **credentials}, user_id=USER
        )
