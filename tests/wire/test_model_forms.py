"""A model is known by its name, wherever that stands, and what nobody knows is learned."""

import pytest

from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire

ASKED: Json = {"max_tokens": 64, "reasoning_effort": "low", "temperature": 0.2, "top_p": 0.5}
REASONING: dict[str, Json] = {
    "openai-chat": {"max_completion_tokens": 64, "reasoning_effort": "low"},
    "openai-responses": {"max_output_tokens": 64, "reasoning": {"effort": "low"}},
}
PLAIN: dict[str, Json] = {
    "openai-chat": {"max_tokens": 64, "temperature": 0.2, "top_p": 0.5},
    "openai-responses": {"max_output_tokens": 64, "temperature": 0.2, "top_p": 0.5},
}


def settings(body: Json) -> Json:
    names = {*REASONING["openai-chat"], *PLAIN["openai-chat"], "max_output_tokens", "reasoning"}
    return {name: value for name, value in body.items() if name in names}


@pytest.mark.parametrize("route", REASONING)
@pytest.mark.parametrize(
    ("name", "sent"),
    [
        # cline/cline#12902
        ("openai/gpt-5-mini", REASONING),
        ("azure/o4-mini", REASONING),
        ("openrouter/openai/gpt-5", REASONING),
        ("openai/gpt-4.1-mini", PLAIN),
        # HKUDS/DeepTutor#141
        ("gpt-5.1-chat-latest", REASONING),
        ("gpt-5.3-chat-latest", REASONING),
        ("gpt-5-chat-latest", PLAIN),
        ("ft:o4-mini-2025-04-16:acme::abc", REASONING),
    ],
)
def test_a_name_is_sent_as_it_is_with_what_its_model_takes(
    wire: Wire, name: str, sent: dict[str, Json], route: str
) -> None:
    wire.change(models=[name])
    assert wire.ask(wire.target(route, name), LLMOptions(model_parameters=ASKED)).text
    (body,) = wire.bodies()
    assert body["model"] == name
    assert settings(body) == sent[route]
