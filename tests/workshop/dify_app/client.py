"""Talks to the local app API as a bare HTTP client does."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from fakes.dify_app.apps import DifyApp
from fakes.openai.json_types import JsonObject

_TRUST = ssl.create_default_context()  # made once: it takes longer than a request


@dataclass(frozen=True, slots=True)
class Turn:
    """A streamed answer as its reader sees it."""

    content: bytes

    @property
    def events(self) -> list[JsonObject]:
        """The events, without the pings."""
        frames = [frame for frame in self.content.split(b"\n\n") if frame]
        return [
            json.loads(frame.removeprefix(b"data: ")) for frame in frames if frame != b"event: ping"
        ]

    @property
    def kinds(self) -> list[str]:
        """The kinds of event, each once for any number in a row."""
        names = [event["event"] for event in self.events]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    @property
    def answer(self) -> str:
        """The text, as the documentation tells clients to join it."""
        said = self.of("agent_message") or self.of("message")
        return "".join(event["answer"] for event in said)

    @property
    def conversation(self) -> str:
        """The id of the conversation."""
        return str(self.events[0]["conversation_id"])

    def of(self, kind: str) -> list[JsonObject]:
        """Return the events of a kind."""
        return [event for event in self.events if event["event"] == kind]


def send(app: DifyApp, method: str, path: str, **options: Any) -> httpx2.Response:
    """Send any request with an app's key."""
    headers = {"authorization": f"Bearer {app.key}"} | options.pop("headers", {})
    url = f"{app.url}/v1/{path}"
    return httpx2.request(method, url, headers=headers, verify=_TRUST, **options)


def body_of(query: object = "hello", **fields: Any) -> JsonObject:
    """Return a valid body, changed by `fields`; `...` leaves a field out."""
    body: JsonObject = {"query": query, "inputs": {}, "user": "ann", "response_mode": "streaming"}
    return {key: value for key, value in (body | fields).items() if value is not ...}


def chat_with(app: DifyApp, query: object = "hello", **fields: Any) -> httpx2.Response:
    """Send a message."""
    return send(app, "POST", "chat-messages", json=body_of(query, **fields))


def turn_of(app: DifyApp, query: str = "hello", **fields: Any) -> Turn:
    """Send a message and read its stream to the end."""
    response = chat_with(app, query, **fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return Turn(response.content)


@contextmanager
def opened(app: DifyApp, query: str = "hello") -> Iterator[Iterator[bytes]]:
    """Send a message and read its stream piece by piece."""
    headers = {"authorization": f"Bearer {app.key}"}
    url, body = f"{app.url}/v1/chat-messages", body_of(query)
    with httpx2.stream("POST", url, headers=headers, json=body, verify=_TRUST) as response:
        yield (piece for piece in response.iter_raw() if piece)


def stop(app: DifyApp, task: str, user: str = "ann") -> None:
    """Ask for a task to be stopped."""
    answer = send(app, "POST", f"chat-messages/{task}/stop", json={"user": user})
    assert answer.json() == {"result": "success"}


def error_of(response: httpx2.Response) -> tuple[int, str, str]:
    """Return the status, the code and the message of a refusal, whose envelope has just these."""
    envelope = response.json()
    assert set(envelope) == {"code", "message", "status"}
    assert envelope["status"] == response.status_code
    return response.status_code, envelope["code"], envelope["message"]
