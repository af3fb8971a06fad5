"""Ten answers of a reasoning model with tools, the test playing the host that keeps the messages.

The local service answers 400 to any request that its published schema or its rules refuse, so a
conversation that comes to its end was a right one at every step.
"""

from dataclasses import dataclass

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.messages import system_message, user_message
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.wire.ends import Json, Wire, every_route, objects_in
from tests.wire.turns import Turn, take_turn

SYSTEM = system_message("Find things out with the tools.")
TOOLS: list[Json] = [
    {
        "name": name,
        "description": f"Look up a {what}",
        "parameters": {"type": "object", "properties": {"of": {"type": "string"}}},
    }
    for name, what in (("weather", "weather"), ("clock", "time"))
]


@dataclass(frozen=True, slots=True)
class Script:
    """One answer of the model; `asked` is what the user says before it, None after results.

    `reasoning` is its summary, "" for reasoning that is kept to itself, None for none.
    """

    asked: str | None = None
    reasoning: str | None = None
    text: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    offers_tools: bool = True

    @property
    def step(self) -> Json:
        """The step of the service's plan that gives this answer."""
        calls: list[JsonValue] = [
            {"id": call_id, "name": name, "arguments": '{"of": "Köln"}'}
            for call_id, name in self.calls
        ]
        step: Json = {"text": self.text, "tool_calls": calls}
        return step if self.reasoning is None else step | {"reasoning": self.reasoning}


TEN = (
    Script("How is the weather?", reasoning="I look.", calls=(("call_1", "weather"),)),
    Script(reasoning="", calls=(("call_2", "weather"), ("call_3", "clock"))),
    Script(reasoning="I know enough.", text="It rains, and it is noon."),
    Script("Thanks. In one word?", text="Wet.", offers_tools=False),
    Script("And later?", reasoning="Again.", text="One moment.", calls=(("call_4", "clock"),)),
    Script(calls=(("call_5", "weather"),)),
    Script(reasoning="", text="It clears up."),
    Script("Are you sure?", reasoning="Better look.", calls=(("call_6", "weather"),)),
    Script(reasoning="Once more.", calls=(("call_7", "weather"), ("call_8", "weather"))),
    Script(reasoning="Yes.", text="Quite sure."),
)


def prepared(wire: Wire, route: str, model: str, **credentials: str) -> ModelTarget:
    """Tell the service what to answer, and return the way to the model."""
    wire.change(models=[model], deployments={"mine": model})
    wire.plan(*(script.step for script in TEN))
    name = "mine" if route.startswith("azure") else model
    return wire.target(route, name, base_model_name=model, **credentials)


def converse(wire: Wire, target: ModelTarget, *, hands_back: bool) -> list[Turn]:
    """Hold the conversation, every second answer streamed, and return its ten turns."""
    messages, turns = [SYSTEM], list[Turn]()
    for number, script in enumerate(TEN):
        if script.asked is not None:
            messages.append(user_message(script.asked))
        tools = TOOLS if script.offers_tools else None
        options = LLMOptions(tools=tools, stream=number % 2 == 0)
        turn = take_turn(wire, target, messages, options)
        turns.append(turn)
        messages.append(turn.as_message(with_opaque_body=hands_back))
        messages += turn.results(*(f"result of {call.id}" for call in turn.calls))
    return turns


@every_route
# Chat Completions takes the tools of gpt-5, but those of gpt-5.6 only without reasoning.
@pytest.mark.parametrize("model", ["gpt-5", "gpt-5.6"])
@pytest.mark.parametrize("hands_back", [True, False], ids=["opaque-body-back", "dropped"])
def test_ten_turns_with_tools_and_reasoning(
    wire: Wire, route: str, model: str, hands_back: bool
) -> None:
    turns = converse(wire, prepared(wire, route, model), hands_back=hands_back)
    for script, turn, request in zip(TEN, turns, wire.requests(), strict=True):
        assert request["status"] == 200
        api = "responses" if route.endswith("responses") else "chat"
        assert str(request["path"]).endswith("/responses" if api == "responses" else "completions")
        assert tuple((call.id, call.name) for call in turn.calls) == script.calls
        assert turn.finish_reason == ("tool_calls" if script.calls else "stop")
        reasoned = script.reasoning is not None and api == "responses"
        assert (turn.opaque_body is not None) is reasoned
        summary = f"<think>\n{script.reasoning}\n</think>\n\n" if script.reasoning else ""
        assert turn.text == (summary if reasoned else "") + script.text
    check_each_request_tells_all_before_it(wire.bodies(), turns, hands_back=hands_back)
    if not hands_back:
        check_no_reasoning_goes_back(wire.bodies())
    elif route.endswith("responses"):
        check_reasoning_goes_back_encrypted(wire.bodies(), turns)


def check_each_request_tells_all_before_it(
    bodies: list[Json], turns: list[Turn], *, hands_back: bool
) -> None:
    """Check that a request has what was asked, answered and found out before, in that order."""
    told: list[Json] = []
    roles: list[str] = ["system"]
    for script, turn, body in zip(TEN, turns, bodies, strict=True):
        if script.asked is not None:
            told.append({"role": "user", "content": script.asked})
            roles.append("user")
        if "input" in body:
            assert [without_type(item) for item in objects_in(body["input"])[1:]] == told
        else:
            assert [message["role"] for message in objects_in(body["messages"])] == roles
        told += told_by(turn, hands_back=hands_back)
        roles += ["assistant", *(["tool"] * len(turn.calls))]


def check_reasoning_goes_back_encrypted(bodies: list[Json], turns: list[Turn]) -> None:
    """Check that the last request has what every turn before it made, its reasoning first."""
    opaque = [turn.opaque_body for turn in turns if isinstance(turn.opaque_body, dict)]
    made = [objects_in(body["responses_output"]) for body in opaque]
    for items in made:
        assert items[0]["type"] == "reasoning"
        assert len(items) > 1
        assert len(str(items[0]["encrypted_content"])) > 1000
    last = objects_in(bodies[-1]["input"])
    starts = [at for at, item in enumerate(last) if item["type"] == "reasoning"]
    sent = [last[at : at + len(items)] for at, items in zip(starts, made, strict=False)]
    assert sent == made[:-1]  # the tenth answer's own items are in no request yet


def check_no_reasoning_goes_back(bodies: list[Json]) -> None:
    """Check that no request has reasoning, or anything that refers to it."""
    for body in bodies:
        for item in objects_in(body.get("input", body.get("messages"))):
            assert item.get("type") != "reasoning"
            assert "id" not in item
            assert "encrypted_content" not in item


def test_where_there_is_no_responses_api_it_goes_on_without_reasoning(wire: Wire) -> None:
    version = {"openai_api_version": "2024-10-21"}
    target = prepared(wire, "azure-chat", "gpt-5.6", **version)
    turns = converse(wire, target, hands_back=True)
    assert [turn.opaque_body for turn in turns] == [None] * len(TEN)
    assert {str(request["path"]).rpartition("/")[2] for request in wire.requests()} == {
        "completions"
    }
    efforts = [body.get("reasoning_effort") for body in wire.bodies()]
    assert efforts == ["none" if script.offers_tools else None for script in TEN]


def told_by(turn: Turn, *, hands_back: bool) -> list[Json]:
    """Return the input items that stand for a turn and its results, without plain types."""
    results: list[Json] = [
        {"type": "function_call_output", "call_id": call.id, "output": f"result of {call.id}"}
        for call in turn.calls
    ]
    if hands_back and isinstance(turn.opaque_body, dict):
        made = objects_in(turn.opaque_body["responses_output"])
        return [*(without_type(item) for item in made), *results]
    spoken = turn.text.rpartition("</think>\n\n")[2]  # the reasoning is not the answer
    said: list[Json] = [{"role": "assistant", "content": spoken}] if spoken else []
    calls: list[Json] = [
        {
            "type": "function_call",
            "call_id": call.id,
            "name": call.name,
            "arguments": call.arguments,
        }
        for call in turn.calls
    ]
    return [*said, *calls, *results]


def without_type(item: Json) -> Json:
    """Return an item; that a message is one needs no saying."""
    if item.get("type") != "message":
        return item
    return {key: value for key, value in item.items() if key != "type"}
