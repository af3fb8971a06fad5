"""Talks to the local app API as a bare HTTP client does."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from fakes.openai.process import SandboxDifyApp

STREAM_ONLY = ("agent-chat", "agent")
CHAT_MODES = ("chat", "advanced-chat", *STREAM_ONLY)


@dataclass(frozen=True, slots=True)
class Turn:
    """A streamed answer as its reader sees it."""

    events: list[JsonObject]

    @property
    def kinds(self) -> list[str]:
        """The kinds of event, each once for any number in a row."""
        names = [event["event"] for event in self.events]
        return [name for index, name in enumerate(names) if index == 0 or names[index - 1] != name]

    @property
    def answer(self) -> str:
        """The text of the deltas, or of the closing message of a new agent."""
        deltas = [event for event in self.events if event["event"] == "agent_message"]
        deltas = deltas or [event for event in self.events if event["event"] == "message"]
        return "".join(event["answer"] for event in deltas)

    @property
    def conversation(self) -> str:
        """The id of the conversation."""
        return str(self.events[0]["conversation_id"])

    def of(self, kind: str) -> list[JsonObject]:
        """Return the events of a kind."""
        return [event for event in self.events if event["event"] == kind]


@dataclass(frozen=True, slots=True)
class DifyClient:
    """One app key's way to the app API."""

    app: SandboxDifyApp
    http: httpx2.Client

    def send(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """Send any request with this app's key."""
        headers = {"authorization": f"Bearer {self.app.key}"} | options.pop("headers", {})
        return self.http.request(method, f"/v1{path}", headers=headers, **options)

    def chat(self, query: object = "hello", **fields: Any) -> httpx2.Response:
        """Send a message; a field of `...` is left out."""
        return self.send("POST", "/chat-messages", json=body_of(query, **fields))

    def turn(self, query: str = "hello", **fields: Any) -> Turn:
        """Send a message and read its stream to the end."""
        response = self.chat(query, **fields)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"].startswith("text/event-stream")
        return Turn(events_of(response.content))

    def stop(self, task: str, user: str = "ann") -> JsonObject:
        """Ask for a task to be stopped."""
        answer = self.send("POST", f"/chat-messages/{task}/stop", json={"user": user})
        assert answer.status_code == 200
        return dict(answer.json())

    @contextmanager
    def opened(self, query: str = "hello", **fields: Any) -> Iterator[Iterator[bytes]]:
        """Send a message and read its stream piece by piece."""
        headers = {"authorization": f"Bearer {self.app.key}"}
        body = body_of(query, **fields)
        with self.http.stream("POST", "/v1/chat-messages", json=body, headers=headers) as response:
            assert response.status_code == 200
            yield (piece for piece in response.iter_raw() if piece)

    def messages(self, conversation: str, user: str = "ann") -> list[JsonObject]:
        """Return the kept turns of a conversation."""
        params = {"conversation_id": conversation, "user": user}
        return list(self.send("GET", "/messages", params=params).json()["data"])


def body_of(query: object, **fields: Any) -> JsonObject:
    """Return a valid body, changed by `fields`; `...` leaves a field out."""
    body: JsonObject = {
        "query": query,
        "inputs": {},
        "user": "ann",
        "response_mode": "streaming",
        "auto_generate_name": False,
    }
    return {key: value for key, value in (body | fields).items() if value is not ...}


def events_of(content: bytes) -> list[JsonObject]:
    """Return the events of a stream, without its pings."""
    frames = [frame for frame in content.split(b"\n\n") if frame and frame != b"event: ping"]
    assert all(frame.startswith(b"data: ") for frame in frames)
    return [json.loads(frame.removeprefix(b"data: ")) for frame in frames]


def error_of(response: httpx2.Response) -> tuple[int, str, str]:
    """Return the status, the code and the message of a refusal, whose envelope has just these."""
    envelope = response.json()
    assert set(envelope) == {"code", "message", "status"}
    assert envelope["status"] == response.status_code
    return response.status_code, envelope["code"], envelope["message"]


def wait_until(happened: Callable[[], bool]) -> None:
    """Return when it has happened; fail after some seconds."""
    for _ in range(250):
        if happened():
            return
        time.sleep(0.02)
    pytest.fail("It did not happen within 5 seconds.")
