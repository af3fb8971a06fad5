"""Every recorded answer reaches Dify as the service meant it, however the network cuts it."""

import pytest

from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.calls import usage_lines
from tests.wire.recorded import responses_reader
from tests.wire.recorded.cuts import awkward_cuts
from tests.wire.recorded.event_payloads import payloads
from tests.wire.recorded.exchanges import asks_for_search, question_for, route_of
from tests.wire.recorded.expected import Answer
from tests.wire.recorded.prompts import files_of, texts_of
from tests.wire.recorded.replay import ANSWERED, answer_of, by_label, check_answer, replay
from tests.wire.recorded.settings import settings_of, tools_of
from tests.wire.service import Account, Json
from tests.wire.turns import take_turn
from tests.workshop.openai.recorded import Exchange

STREAMED = [exchange for exchange in ANSWERED if exchange.streamed]
TOKENS = ("input", "output", "cached", "cache_write", "reasoning")


@pytest.mark.parametrize("exchange", ANSWERED, ids=by_label)
def test_a_recorded_answer_is_what_dify_gets(
    plugin: PluginProcess, account: Account, exchange: Exchange
) -> None:
    check_answer(replay(plugin, account, exchange), exchange)
    expected, line = answer_of(exchange), usage_lines(plugin)[-1]
    told = (line["id"], line["model"], line["finish"], line["error"], line["estimated"])
    assert told == (expected.id, expected.model, expected.finish, None, expected.tokens is None)
    if expected.tokens is not None:
        counted = {name: getattr(expected.tokens, name) for name in TOKENS}
        assert {name: line[name] for name in TOKENS} == counted


@pytest.mark.parametrize("exchange", STREAMED, ids=by_label)
def test_a_recorded_stream_may_be_cut_anywhere(
    plugin: PluginProcess, account: Account, exchange: Exchange
) -> None:
    step: Json = {**exchange.step, "split": awkward_cuts(exchange.body_bytes() or b"")}
    check_answer(replay(plugin, account, exchange, step), exchange)


@pytest.mark.parametrize("exchange", ANSWERED, ids=by_label)
def test_the_recorded_request_is_made_as_far_as_dify_can_make_it(
    plugin: PluginProcess, account: Account, exchange: Exchange
) -> None:
    replay(plugin, account, exchange)
    (request,) = account.requests()
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
    assert _searches(body) is asks_for_search(exchange)


def test_the_second_response_of_the_recorded_shell_tool_is_read_as_well(
    plugin: PluginProcess, account: Account
) -> None:
    """The file has two streams, one after the other, and a reader stops at the end of the first."""
    (exchange,) = (item for item in ANSWERED if item.name == "responses-stream-shell-tool")
    begin = b"event: response.created"
    second = begin + (exchange.body_bytes() or b"").split(begin)[2]
    expected = responses_reader.read_events(payloads(second))
    assert isinstance(expected, Answer)
    question = question_for(exchange)
    target = question.target(account)
    headers: Json = {"content-type": "text/event-stream; charset=utf-8"}
    account.plan({"raw": {"headers": headers, "body": second.decode()}})
    turn = take_turn(plugin, target, question.messages)
    assert (turn.text, turn.finish_reason) == (expected.text, "stop")
    assert turn.usage["completion_tokens"] == 166


def _functions(body: Json) -> list[tuple[object, object, object]]:
    """Return what is told of each function; whether the service enforces it is ours to say."""
    return [
        (tool["name"], tool.get("description") or "", tool["parameters"]) for tool in tools_of(body)
    ]


def _searches(body: Json) -> bool:
    tools = body.get("tools")
    offered = tools if isinstance(tools, list) else []
    return any(isinstance(tool, dict) and tool["type"] == "web_search" for tool in offered)
