"""Models of every type fail as language models do: Dify's classes, one sentence, no secret."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.events import JsonObject
from fakes.dify_daemon.requests import (
    ModelTarget,
    invoke_moderation,
    invoke_speech2text,
    invoke_text_embedding,
    invoke_tts,
)
from tests.declarations.test_clip import one_second
from tests.wire.ends import APP, USER, Json, Wire
from tests.wire.test_failures import (
    MAX_ATTEMPTS,
    NO_CONNECTION,
    REFUSALS,
    SOON,
    UNAVAILABLE,
    service_of,
)

TEXT = "a-text-that-nobody-may-log"
# The model of each type, and how it is called: each type, and both ways of speech.
CALLS: Mapping[str, tuple[str, Callable[[ModelTarget], JsonObject]]] = {
    "text-embedding": (
        "text-embedding-3-small",
        lambda target: invoke_text_embedding(target, [TEXT]),
    ),
    "moderation": ("omni-moderation-latest", lambda target: invoke_moderation(target, TEXT)),
    "speech2text": ("whisper-1", lambda target: invoke_speech2text(target, one_second())),
    "tts": ("gpt-4o-mini-tts", lambda target: invoke_tts(target, TEXT)),
    "tts-on-chat": ("gpt-audio-1.5", lambda target: invoke_tts(target, TEXT)),
}
# Azure has no moderation; its two kinds of address differ in the path alone.
ASKED = [
    *(("openai-chat", kind) for kind in CALLS),
    ("azure-chat", "text-embedding"),
    ("azure-v1-chat", "speech2text"),
]
every_call = pytest.mark.parametrize(
    ("route", "kind"), ASKED, ids=[f"{route.removesuffix('-chat')}-{kind}" for route, kind in ASKED]
)

# As of language models; what has another prompt than a conversation has no word of its length.
FAULTS = {fault: told for fault, told in REFUSALS.items() if fault != "context_length"} | {
    "malformed": (UNAVAILABLE, 1, "Check that the API base URL serves"),
    # Nobody is there to ask for a shorter pause, so two attempts must do.
    "disconnect": (NO_CONNECTION, 2, "no connection to http://127.0.0.1"),
}


def ask(wire: Wire, route: str, kind: str, **credentials: str) -> list[JsonObject]:
    """Make a call and return its results: sound comes in several."""
    model, request = CALLS[kind]
    model_type = kind.removesuffix("-on-chat")
    target = replace(wire.target(route, model, **credentials), model_type=model_type)
    return list(wire.plugin.open_session(request(target), app_id=APP))


def failure(wire: Wire, route: str, kind: str, **credentials: str) -> PluginError:
    """Make a call that fails and return how Dify hears of it."""
    with pytest.raises(PluginError) as raised:
        ask(wire, route, kind, **credentials)
    return raised.value


@every_call
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failure_is_told_as_that_of_a_language_model(
    wire: Wire, route: str, kind: str, fault: str
) -> None:
    error_type, attempts, words = FAULTS[fault]
    takes_pause = fault not in {"html", "malformed", "disconnect"}
    step: Json = {"fault": fault, **(SOON if takes_pause else {})}
    if fault == "malformed":
        # Half of a sound is a sound.
        step["text"] = "{"
    wire.plan(*[step] * MAX_ATTEMPTS)
    form = {"max_attempts": "2"} if fault == "disconnect" else {}
    error = failure(wire, route, kind, **form)
    assert error.error_type == error_type
    assert error.message.startswith(service_of(route))
    assert words in error.message
    assert "\n" not in error.message
    assert len(wire.requests()) == attempts
    line = wire.usage_lines()[-1]
    assert (line["error"], line["provider"]) == (error_type, wire.target(route).provider)
    logged = " ".join(record.message for record in wire.plugin.log) + str(error.args)
    for secret in (wire.key, TEXT, USER):
        assert secret not in logged


@every_call
def test_an_answer_that_breaks_off_is_paid_once(wire: Wire, route: str, kind: str) -> None:
    wire.plan(*[{"fault": "cut"}] * MAX_ATTEMPTS)
    error = failure(wire, route, kind)
    assert error.error_type == NO_CONNECTION
    assert len(wire.requests()) == 1


@every_call
def test_failures_that_pass_are_not_seen(wire: Wire, route: str, kind: str) -> None:
    wire.plan({"fault": "rate_limit", **SOON}, {"fault": "server_error", **SOON})
    assert ask(wire, route, kind)
    assert len(wire.requests()) == MAX_ATTEMPTS


@every_call
def test_a_service_that_says_nothing_is_left_at_the_limit(
    wire: Wire, route: str, kind: str
) -> None:
    wire.plan({"fault": "timeout"})
    error = failure(wire, route, kind, request_timeout="1")
    assert error.error_type == UNAVAILABLE
    assert "the limit for one call" in error.message
