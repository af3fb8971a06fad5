"""Compatible servers work on the first call, at the price of one request for each refusal."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.wire.compatible_servers import SERVERS, Server
from tests.wire.ends import Json, Wire
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
