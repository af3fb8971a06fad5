"""Compatible servers work on the first call, at the price of one request for each refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.wire.compatible_servers import SERVERS, Server
from tests.wire.ends import APP, Json, Wire
from tests.wire.test_tools import CALLS, EXPECTED, TOOLS

SCHEMA: Json = {"type": "object", "properties": {"colour": {"type": "string"}}}
COLOUR = '{"colour": "black"}'


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of call, the step that answers it, and what Dify gets."""

    options: LLMOptions
    step: Json
    text: str = ""
    tool_calls: tuple[object, ...] = ()


LIMIT: Json = {"max_tokens": 64}
KINDS: Mapping[str, Kind] = {
    "whole": Kind(
        LLMOptions(model_parameters=LIMIT, stream=False), {"text": "Black."}, text="Black."
    ),
    "streamed": Kind(LLMOptions(model_parameters=LIMIT), {"text": ["Bla", "ck."]}, text="Black."),
    "tools": Kind(
        LLMOptions(tools=TOOLS), {"text": "", "tool_calls": CALLS}, tool_calls=tuple(EXPECTED)
    ),
    "schema": Kind(
        LLMOptions(
            model_parameters={"response_format": "json_schema", "json_schema": json.dumps(SCHEMA)}
        ),
        {"text": COLOUR},
        text=COLOUR,
    ),
}

# API protocol and switch of a form; an empty protocol is the default.
WAYS = [("", "enabled"), ("chat", "enabled"), ("", "disabled")]
CASES = [
    *((name, *way) for name in SERVERS for way in WAYS),
    *((name, "responses", "enabled") for name, server in SERVERS.items() if server.has_responses),
]


def target(wire: Wire, server: Server, protocol: str, switch: str) -> ModelTarget:
    return wire.target(
        "openai-chat", server.model, api_protocol=protocol, enable_request_metadata=switch
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("name", "protocol", "switch"), CASES)
def test_the_first_call_works_and_the_second_needs_one_request(
    wire: Wire, name: str, protocol: str, switch: str, kind: str
) -> None:
    server, asked = SERVERS[name], KINDS[kind]
    wire.change(**server.settings)
    before = len(wire.warnings())
    requests = []
    for _ in range(2):
        wire.plan(asked.step)
        answer = wire.ask(target(wire, server, protocol, switch), asked.options)
        assert (answer.text, answer.tool_calls) == (asked.text, asked.tool_calls)
        assert answer.finish_reason in {"stop", "tool_calls"}
        assert answer.usage is not None
        requests.append(len(wire.requests()))
    learned = wire.warnings()[before:]
    # Each refusal that cost a request is told once; one error may name several fields.
    assert len(learned) == len(set(learned))
    assert 1 <= requests[0] <= 1 + len(learned)
    assert requests[1] == requests[0] + 1
    assert all(server.model in warning for warning in learned)


@pytest.mark.parametrize("name", SERVERS)
def test_first_calls_at_the_same_time_learn_each_thing_once(wire: Wire, name: str) -> None:
    server = SERVERS[name]
    wire.change(**server.settings)
    before = len(wire.warnings())
    asked = target(wire, server, "", "disabled")
    calls = [wire.open_call(asked, KINDS[kind].options) for kind in ("whole", "streamed") * 6]
    assert all(read_llm_answer(call).text == "Echo: And at night?" for call in calls)
    learned = wire.warnings()[before:]
    assert len(learned) == len(set(learned))
    sent = len(wire.requests())
    wire.ask(asked)
    assert len(wire.requests()) == sent + 1


TAGGED: Json = {"store": True, "metadata": {"dify_app_id": APP, "dify_source": "dify"}}
NOT_STORED: Json = {"store": False}
# Where a server knows `store` but keeps nothing, nothing is tagged and `store: false` stays.
REMAINS: list[tuple[str, str, Json]] = [
    *((name, "chat", TAGGED) for name in ("vllm", "ollama", "openrouter")),
    *((name, "chat", {}) for name in ("groq", "cerebras", "litellm", "one-api", "mistral")),
    *((name, "responses", {}) for name in ("groq", "litellm")),
    *((name, "responses", NOT_STORED) for name in ("vllm", "openrouter")),
]


@pytest.mark.parametrize(("name", "protocol", "remains"), REMAINS)
def test_a_call_keeps_what_the_server_takes_of_store_and_metadata(
    wire: Wire, name: str, protocol: str, remains: Json
) -> None:
    server = SERVERS[name]
    wire.change(**server.settings)
    wire.ask(target(wire, server, protocol, "enabled"))
    body = wire.bodies()[-1]
    assert {field: body[field] for field in ("store", "metadata") if field in body} == remains
