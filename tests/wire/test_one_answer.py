"""The same answer is the same for Dify on every route and in both modes."""

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire, each_api_and_mode, every_mode, every_route, four_routes

PIECES: list[JsonValue] = ["The ", "night sky", " is", " black", "."]
USAGE: Json = {"input": 31, "cached": 16, "output": 7, "reasoning": 2}
# Separators that text readers take for line ends, and an emoji of four bytes.
AWKWARD = "one\u2028two\x0bthree\u2029four\x0c 😀 five"


@every_mode
@every_route
def test_text_usage_and_finish_reason_are_the_same(wire: Wire, route: str, stream: bool) -> None:
    wire.plan({"text": PIECES, "usage": USAGE})
    answer = wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert answer.text == "The night sky is black."
    assert answer.finish_reasons == ("stop",)
    assert answer.models == {"gpt-4o-mini"}
    assert answer.chunks == (len(PIECES) + 1 if stream else 1)
    (usage,) = answer.usages
    counts = {name: usage[name] for name in usage if name.endswith("_tokens")}
    assert counts == {"prompt_tokens": 31, "completion_tokens": 7, "total_tokens": 38}
    # 15 input tokens at 0.15, 16 cached ones at 0.075, 7 output tokens at 0.60 dollars per million.
    prices = {name: usage[name] for name in ("prompt_price", "completion_price", "total_price")}
    assert prices == {
        "prompt_price": "0.0000035",
        "completion_price": "0.0000042",
        "total_price": "0.0000077",
    }


@each_api_and_mode
@pytest.mark.parametrize("finish", ["stop", "length", "content_filter"])
def test_an_answer_that_was_ended_says_why(
    wire: Wire, route: str, stream: bool, finish: str
) -> None:
    wire.plan({"text": "Half of", "finish": finish})
    answer = wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert (answer.text, answer.finish_reasons) == ("Half of", (finish,))


@four_routes
def test_a_stream_that_was_switched_off_is_asked_for_in_one_piece(wire: Wire, route: str) -> None:
    wire.change(models=["gpt-5"], deployments={"gpt-5": "gpt-5"})
    wire.plan({"text": PIECES})
    options = LLMOptions(model_parameters={"enable_stream": False}, stream=True)
    answer = wire.ask(wire.target(route, "gpt-5"), options)
    assert "stream" not in wire.bodies()[0]
    assert (answer.text, answer.chunks) == ("The night sky is black.", 1)


@each_api_and_mode
def test_usage_that_the_service_does_not_report_is_estimated(
    wire: Wire, route: str, stream: bool
) -> None:
    wire.plan({"text": "It has <|endoftext|> in it", "usage": None})
    answer = wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert answer.usage is not None
    assert wire.usage_lines()[-1]["estimated"] is True
    assert wire.usage_lines()[-1]["output"] == answer.usage["completion_tokens"] != 0


@pytest.mark.parametrize("route", ["azure-chat", "openai-responses"])
def test_separators_and_emoji_arrive_whole_however_the_network_cuts_them(
    wire: Wire, route: str
) -> None:
    wire.plan({"text": [AWKWARD, AWKWARD], "split": {"every": 7}})
    answer = wire.ask(wire.target(route))
    assert (answer.text, answer.chunks) == (AWKWARD * 2, 3)


@each_api_and_mode
def test_the_answer_ends_at_a_stop_word(wire: Wire, route: str, stream: bool) -> None:
    wire.plan({"text": ["Thought: yes\nObser", "vation:", " sunny"], "usage": USAGE})
    options = LLMOptions(stop=["\nObservation:"], stream=stream)
    answer = wire.ask(wire.target(route), options)
    (body,) = wire.bodies()
    if route.endswith("chat"):
        # The service applies it; this scripted one does not, which shows who is asked to.
        assert body["stop"] == ["\nObservation:"]
    else:
        assert "stop" not in body
        assert (answer.text, answer.finish_reason) == ("Thought: yes", "stop")
        assert answer.usage is not None
        assert answer.usage["completion_tokens"] == 7


@every_mode
@every_route
def test_a_reasoning_models_request_has_only_what_it_takes(
    wire: Wire, route: str, stream: bool
) -> None:
    wire.change(models=["o3"], deployments={"o3": "o3"})
    limit = "max_tokens" if route.startswith("openai") else "max_completion_tokens"
    options = LLMOptions(
        model_parameters={limit: 64, "reasoning_effort": "low", "temperature": 0.2},
        stop=["END"],
        stream=stream,
    )
    assert wire.ask(wire.target(route, "o3"), options).text.startswith("Echo:")
    (body,) = wire.bodies()
    assert not {"temperature", "stop", "max_tokens"} & set(body)
    if route.endswith("chat"):
        assert (body["max_completion_tokens"], body["reasoning_effort"]) == (64, "low")
    else:
        assert (body["max_output_tokens"], body["reasoning"]) == (64, {"effort": "low"})
        assert body["include"] == ["reasoning.encrypted_content"]
