"""The three apps, their calls, and the two kinds of call that belong to no app."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

type Provider = Literal["openai", "azure_openai"]
type Api = Literal["chat", "responses"]


@dataclass(frozen=True, slots=True)
class App:
    """An app of a Dify workspace; `id` is the UUID that Dify gives it."""

    name: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a language model.

    model: the model, on Azure the deployment. recording: the file of tests/recordings whose answer
    the local service gives. switch_on: whether requests are to say which app sent them.
    """

    app: App | None
    provider: Provider
    api: Api
    streamed: bool
    model: str
    prompt: str
    recording: str
    switch_on: bool = True

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

CALLS = (
    Call(
        app=_SUPPORT,
        provider="openai",
        api="chat",
        streamed=False,
        model="gpt-5-nano",
        prompt="Hello!",
        recording="chat-text-gpt-5-nano",
    ),
    Call(
        app=_SUPPORT,
        provider="openai",
        api="responses",
        streamed=True,
        model="gpt-4.1",
        prompt="Hello world",
        recording="responses-stream-text",
    ),
    Call(
        app=_SUPPORT,
        provider="azure_openai",
        api="chat",
        streamed=True,
        model="gpt-5.2",
        prompt="Hey, what is up?",
        recording="azure-chat-stream-latency-checkpoint",
    ),
    Call(
        app=_SUPPORT,
        provider="azure_openai",
        api="chat",
        streamed=False,
        model="gpt-5-nano",
        prompt="Hello!",
        recording="azure-chat-text",
    ),
    Call(
        app=_MATH,
        provider="openai",
        api="chat",
        streamed=False,
        model="gpt-4o",
        prompt="What is 4200 + 42?",
        recording="chat-text-gpt-4o",
    ),
    Call(
        app=_MATH,
        provider="openai",
        api="chat",
        streamed=True,
        model="gpt-5-nano",
        prompt="Sum 1 + 2",
        recording="chat-stream-verbosity",
    ),
    Call(
        app=_MATH,
        provider="azure_openai",
        api="responses",
        streamed=True,
        model="gpt-5-nano",
        prompt="What is 2 + 2? Just the number.",
        recording="azure-v1-responses-stream",
    ),
    Call(
        app=_QUIZ,
        provider="openai",
        api="chat",
        streamed=False,
        model="gpt-5",
        prompt="What is the capital of France?",
        recording="chat-inline-moderation",
    ),
    Call(
        app=_QUIZ,
        provider="openai",
        api="responses",
        streamed=False,
        model="gpt-4.1",
        prompt="Where was the World Series of 2020 played?",
        recording="responses-text",
    ),
    Call(
        app=_QUIZ,
        provider="openai",
        api="responses",
        streamed=True,
        model="gpt-4o-mini",
        prompt="What is the capital of Minas Gerais?",
        recording="responses-stream-logprobs",
    ),
    # Dify itself makes such calls, for the title of a conversation for example.
    Call(
        app=None,
        provider="openai",
        api="chat",
        streamed=True,
        model="gpt-4",
        prompt="Say this is a test",
        recording="chat-stream-usage",
    ),
    Call(
        app=_SUPPORT,
        provider="openai",
        api="responses",
        streamed=True,
        model="gpt-4.1",
        prompt="Hello world",
        recording="responses-stream-text",
        switch_on=False,
    ),
)


def with_new_ids(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls with new app ids, so that a real service has no older records of them."""
    new = {call.app: replace(call.app, id=str(uuid.uuid4())) for call in calls if call.app}
    return tuple(replace(call, app=new[call.app] if call.app else None) for call in calls)
