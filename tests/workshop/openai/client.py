"""Talks to the local service as a bare HTTP client does: no library knows what it should expect."""

import json
from dataclasses import dataclass
from typing import Any, Literal

import httpx2

from fakes.openai.json_types import JsonObject
from fakes.openai.process import LocalAccount

type Route = Literal[
    "chat",
    "responses",
    "azure-chat",
    "azure-responses",
    "azure-v1-chat",
    "azure-v1-responses",
]

CHAT_ROUTES: tuple[Route, ...] = ("chat", "azure-chat", "azure-v1-chat")
RESPONSES_ROUTES: tuple[Route, ...] = ("responses", "azure-responses", "azure-v1-responses")
ROUTES = CHAT_ROUTES + RESPONSES_ROUTES
AZURE_ROUTES: tuple[Route, ...] = tuple(route for route in ROUTES if "azure" in route)
API_VERSION = "2025-04-01-preview"
MODEL = "gpt-4o-mini"
_PATHS: dict[Route, str] = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "azure-chat": "/openai/deployments/{deployment}/chat/completions",
    "azure-responses": "/openai/responses",
    "azure-v1-chat": "/openai/v1/chat/completions",
    "azure-v1-responses": "/openai/v1/responses",
}


@dataclass(frozen=True, slots=True)
class ServiceClient:
    """One account's way to the service."""

    account: LocalAccount
    http: httpx2.Client

    def generate(self, route: Route, **arguments: Any) -> httpx2.Response:
        """Send a generation with a default model and prompt; an argument of `...` is left out."""
        return self.post(route, body_for(route, **arguments))

    def post(
        self, route: Route, body: object, version: str = API_VERSION, deployment: str = MODEL
    ) -> httpx2.Response:
        """Send `body` to a generation path."""
        path = _PATHS[route].format(deployment=deployment)
        dated = route in ("azure-chat", "azure-responses")
        params = {"api-version": version} if dated else {}
        return self.send("POST", path, params=params, json=body)

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send any request with this account's key, in the header that the path's service takes."""
        headers = {"authorization": f"Bearer {self.account.key}"}
        if path.startswith("/openai"):
            headers = {"api-key": self.account.key}
        headers |= options.pop("headers", {})
        return self.http.request(method, path, headers=headers, **options)

    def get(self, path: str, **params: Any) -> httpx2.Response:
        """Read."""
        return self.send("GET", path, params=params)


def body_for(route: Route, **arguments: Any) -> JsonObject:
    """Return a valid body for a route, changed by `arguments`; `...` leaves an argument out."""
    body: JsonObject = {"model": MODEL}
    if route.endswith("chat"):
        body["messages"] = [{"role": "user", "content": "one two"}]
    else:
        body["input"] = "one two"
    body |= arguments
    return {key: value for key, value in body.items() if value is not ...}


def error_of(response: httpx2.Response) -> JsonObject:
    """Return the error body of a refusal."""
    error = response.json()["error"]
    assert isinstance(error, dict)
    return error


def events_of(content: bytes) -> list[JsonObject]:
    """Return the JSON payloads of an event stream, without the closing `[DONE]`."""
    return [
        json.loads(line.removeprefix("data: "))
        for frame in content.decode().split("\n\n")
        for line in frame.split("\n")
        if line.startswith("data: ") and line != "data: [DONE]"
    ]


def join(chunks: list[JsonObject]) -> JsonObject:
    """Join chunks by hand, so that the service's own folding is not its own witness."""
    choices: dict[int, JsonObject] = {}
    whole: JsonObject = {}
    for chunk in chunks:
        if not chunk.get("object"):
            continue  # Azure's first one judges the prompt
        whole |= {key: chunk[key] for key in chunk if chunk[key] is not None or key not in whole}
        for part in chunk["choices"]:
            message = {"role": "assistant", "content": None, "refusal": None}
            empty = {"index": part["index"], "message": message, "logprobs": None}
            choice = choices.setdefault(part["index"], empty | {"finish_reason": "stop"})
            _add_delta(choice["message"], part.get("delta", {}))
            choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
            if "content_filter_results" in part:
                judged = choice.setdefault("content_filter_results", {})
                judged |= part["content_filter_results"]
            for key, tokens in (part.get("logprobs") or {}).items():
                choice["logprobs"] = choice["logprobs"] or {"content": None, "refusal": None}
                known = choice["logprobs"][key]
                choice["logprobs"][key] = known if tokens is None else (known or []) + tokens
    return whole | {"choices": [choices[index] for index in sorted(choices)]}


def _add_delta(message: JsonObject, delta: JsonObject) -> None:
    for key in ("content", "refusal"):
        if delta.get(key) is not None:
            message[key] = (message[key] or "") + delta[key]
    for fragment in delta.get("tool_calls") or []:
        calls = message.setdefault("tool_calls", [])
        while len(calls) <= fragment["index"]:
            calls.append({"function": {"arguments": ""}})
        call = calls[fragment["index"]]
        call |= {key: fragment[key] for key in ("id", "type") if key in fragment}
        function = fragment["function"]
        if "name" in function:
            call["function"]["name"] = function["name"]
        call["function"]["arguments"] += function.get("arguments", "")
