"""The three apps, their calls, and the two kinds of call that belong to no app."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Literal

from pydantic import JsonValue

type Provider = Literal["openai", "azure_openai"]
type Api = Literal["chat", "responses"]


@dataclass(frozen=True, slots=True)
class App:
    """An app of a Dify workspace; `id` is the UUID that Dify gives it."""

    name: str
    id: str


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a language model.

    model: the model, on Azure the deployment. recording: the file of tests/recordings whose answer
    the local service gives. api: where that takes it, with the form as it is. switch_on: whether
    requests are to say which app sent them.
    """

    app: App | None
    model: str
    prompt: str
    recording: str
    provider: Provider
    api: Api
    streamed: bool = False
    switch_on: bool = True
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def sender(self) -> App | None:
        """The app that the service is to know this request by, if any."""
        return self.app if self.switch_on else None

    @property
    def label(self) -> str:
        """The app's name, or why the request cannot name one."""
        if self.app is None:
            return "no app id"
        return self.app.name if self.switch_on else "switch off"


_SUPPORT = App("Support bot", "0d6b2f4e-93c1-4b7a-8e5d-1f2a7c90b364")
_MATH = App("Math tutor", "5c18e7a2-4d0f-4e39-b6a8-72d3f1905ec4")
_QUIZ = App("Trivia quiz", "b9f4036d-21ea-4c85-9d17-e86a5b3c4f02")

_chat = partial(Call, provider="openai", api="chat")
_azure_chat = partial(Call, provider="azure_openai", api="chat")
# Only Responses has what these ask for.
_summary = partial(Call, api="responses", streamed=True, parameters={"reasoning_summary": "auto"})
_search = partial(Call, provider="openai", api="responses", parameters={"enable_web_search": True})
# Untagged calls take the API on which their model does best.
_untagged = partial(Call, provider="openai", api="responses", streamed=True)

# Models without an end; the recordings are those of older ones.
CALLS = (
    _chat(_SUPPORT, "gpt-6-luna", "Hello!", "chat-text-gpt-5-nano"),
    _azure_chat(
        _SUPPORT,
        "gpt-5.2",
        "Hey, what is up?",
        "azure-chat-stream-latency-checkpoint",
        streamed=True,
    ),
    _azure_chat(_SUPPORT, "gpt-6-luna", "Hello!", "azure-chat-text"),
    _chat(_MATH, "gpt-6.2-sol", "What is 4200 + 42?", "chat-text-gpt-4o"),
    _chat(_MATH, "gpt-6-luna", "Sum 1 + 2", "chat-stream-verbosity", streamed=True),
    _summary(
        _MATH,
        "gpt-5.2",
        "If one plus a number is 10, what is the number?",
        "responses-stream-reasoning-summary",
        provider="openai",
    ),
    _summary(
        _MATH,
        "gpt-6-luna",
        "What is 2 + 2? Just the number.",
        "azure-v1-responses-stream",
        provider="azure_openai",
    ),
    _chat(_QUIZ, "gpt-6.2-sol", "What is the capital of France?", "chat-inline-moderation"),
    _search(_QUIZ, "gpt-5.2", "What is the tallest mountain in Alberta?", "responses-web-search"),
    # Dify itself makes such calls, for the title of a conversation for example.
    _untagged(None, "gpt-6-luna", "Hello world", "responses-stream-text"),
    # Another recording: a response that is not stored keeps the id that it was recorded with.
    _untagged(
        _SUPPORT,
        "gpt-6-luna",
        "What is the capital of Minas Gerais?",
        "responses-stream-logprobs",
        switch_on=False,
    ),
)


def with_new_ids(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls with new app ids, so that a real service has no older records of them."""
    new = {call.app: replace(call.app, id=str(uuid.uuid4())) for call in calls if call.app}
    return tuple(replace(call, app=new[call.app] if call.app else None) for call in calls)
