"""Every recorded answer reaches Dify as the service meant it, and the conversation goes on."""

import json

import pytest

from fakes.dify_daemon.messages import user_message
from tests.wire.ends import Json, Wire, objects_in, raw_json
from tests.wire.recorded import responses_reader
from tests.wire.recorded.exchanges import asks_for_search, payloads, question_for, route_of
from tests.wire.recorded.prompts import files_of, texts_of
from tests.wire.recorded.replay import ANSWERED, answer_of, by_label, check_answer, replay
from tests.wire.recorded.settings import settings_of, tools_of
from tests.wire.turns import Turn, take_turn
from tests.workshop.openai.recorded import Exchange

TOKENS = ("input", "output", "cached", "cache_write", "reasoning")
OUTPUT = "function_call_output"


@pytest.mark.parametrize("exchange", ANSWERED, ids=by_label)
def test_a_recorded_answer_is_what_dify_gets_and_goes_on_from(
    wire: Wire, exchange: Exchange
) -> None:
    turn = replay(wire, exchange)
    check_answer(turn, exchange)
    check_usage_line(wire.usage_lines()[-1], exchange)
    (request,) = wire.requests()
    check_request(request, exchange)
    for hands_back in (True, False):
        check_next_request(wire, exchange, turn, hands_back=hands_back)


def check_usage_line(line: Json, exchange: Exchange) -> None:
    """Compare what the plugin logged with what the file says."""
    expected = answer_of(exchange)
    told = (line["id"], line["model"], line["finish"], line["error"], line["estimated"])
    assert told == (expected.id, expected.model, expected.finish, None, expected.tokens is None)
    if expected.tokens is not None:
        counted = {name: getattr(expected.tokens, name) for name in TOKENS}
        assert {name: line[name] for name in TOKENS} == counted


def check_request(request: Json, exchange: Exchange) -> None:
    """Compare a request with the recorded one, as far as Dify can make it."""
    body, recorded = request["body"], exchange.request["body"] or {}
    assert isinstance(body, dict)
    if route_of(exchange):
        assert request["path"] == exchange.request["path"]
        assert request["query"] == (exchange.request["query"] or {})
    assert (body.get("stream") is True) is exchange.streamed
    if recorded:
        assert texts_of(body) == texts_of(recorded)
        assert files_of(body) == files_of(recorded)
        assert _functions(body) == _functions(recorded)
        assert settings_of(body) == settings_of(recorded)
    offered = [tool["type"] for tool in objects_in(body.get("tools"))]
    assert ("web_search" in offered) is asks_for_search(exchange)


def check_next_request(wire: Wire, exchange: Exchange, turn: Turn, *, hands_back: bool) -> None:
    """Go on after the answer; what it handed over is sent as it was, or not at all."""
    question = question_for(exchange)
    target = question.target(wire)  # an account anew: the plan and the journal are empty
    said = turn.as_message(with_opaque_body=hands_back)
    results = turn.results(*("done" for _ in turn.calls))
    messages = [*question.messages, said, *results, user_message("Go on.")]
    assert take_turn(wire, target, messages, question.options).text == "Echo: Go on."
    (body,) = wire.bodies()
    sent = objects_in(body.get("input", body.get("messages")))
    opaque = answer_of(exchange).opaque_body
    if hands_back and isinstance(opaque, dict):
        items = objects_in(opaque["responses_output"])
        begin = len(sent) - 1 - len(results) - len(items)
        assert sent[begin : begin + len(items)] == items
    elif not hands_back:
        reasoned = [item for item in question.messages if item.get("opaque_body")]
        assert [item.get("type") for item in sent].count("reasoning") == len(reasoned)


def test_the_second_response_of_the_recorded_shell_tool_is_read_as_well(wire: Wire) -> None:
    """The file has two streams, one after the other, and a reader stops at the end of the first."""
    (exchange,) = (item for item in ANSWERED if item.name == "responses-stream-shell-tool")
    begin = b"event: response.created"
    second = begin + (exchange.body_bytes() or b"").split(begin)[2]
    expected = responses_reader.read_events(payloads(second))
    assert expected is not None
    headers: Json = {"content-type": "text/event-stream; charset=utf-8"}
    step: Json = {"raw": {"headers": headers, "body": second.decode()}}
    turn = replay(wire, exchange, step)
    assert (turn.text, turn.finish_reason) == (expected.text, "stop")
    assert turn.usage["completion_tokens"] == 166


def test_a_recorded_loop_of_reasoning_and_calls_is_told_as_its_client_told_it(wire: Wire) -> None:
    """Four answers, each after the results of the one before: we send what was sent then."""
    loop = [item for item in ANSWERED if item.name == "responses-encrypted-reasoning-loop"]
    question = question_for(loop[0])
    target = question.target(wire)
    wire.plan(*(exchange.step for exchange in loop))
    messages, known = list(question.messages), 0
    for exchange, following in zip(loop, [*loop[1:], None], strict=True):
        turn = take_turn(wire, target, messages, question.options)
        assert turn.calls == answer_of(exchange).calls
        if following is not None:
            outputs = [str(item["output"]) for item in _told(following.request["body"], OUTPUT)]
            messages.append(turn.as_message(with_opaque_body=True))
            messages += turn.results(*outputs[known:])
            known = len(outputs)
    for body, exchange in zip(wire.bodies(), loop, strict=True):
        for kind in (OUTPUT, "reasoning", "function_call"):
            assert _told(body, kind) == _told(exchange.request["body"], kind)
        recorded = [item.get("type", "message") for item in exchange.request["body"]["input"]]
        assert [item["type"] for item in objects_in(body["input"])] == recorded


def test_a_message_that_names_its_phase_is_handed_over_without_any_reasoning_too(
    wire: Wire,
) -> None:
    """The recording without its reasoning item, as it comes where reasoning is switched off."""
    (exchange,) = (item for item in ANSWERED if item.name == "responses-phase")
    body = exchange.response["body"]
    items = [item for item in body["output"] if item["type"] != "reasoning"]
    turn = replay(wire, exchange, raw_json({**body, "output": items}))
    assert turn.calls == answer_of(exchange).calls
    assert turn.opaque_body == {"responses_output": items}


def _functions(body: Json) -> list[tuple[object, object, object]]:
    """Return what is told of each function; whether the service enforces it is ours to say."""
    return [
        (tool["name"], tool.get("description") or "", tool["parameters"]) for tool in tools_of(body)
    ]


def _told(body: Json, kind: str) -> list[Json]:
    """Return the items of a kind, as far as the recording's client sent back what it had got.

    It left out the ids and states of calls, and wrote their arguments anew.
    """
    items = [dict(item) for item in objects_in(body["input"]) if item.get("type") == kind]
    for item in items:
        if kind == "function_call":
            item |= {"id": None, "status": None, "arguments": json.loads(str(item["arguments"]))}
    return items
