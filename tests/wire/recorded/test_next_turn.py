"""What a recorded answer hands over goes back in the next request, and the service takes it."""

import json

import pytest

from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.recorded.exchanges import question_for
from tests.wire.recorded.replay import ANSWERED, answer_of, by_label, replay
from tests.wire.service import Account, Json
from tests.wire.turns import take_turn
from tests.workshop.openai.recorded import Exchange

LOOP = [item for item in ANSWERED if item.name == "responses-encrypted-reasoning-loop"]
OUTPUT = "function_call_output"
GO_ON = user_message("Go on.")


@pytest.mark.parametrize("hands_back", [True, False], ids=["opaque-body-back", "dropped"])
@pytest.mark.parametrize("exchange", ANSWERED, ids=by_label)
def test_the_conversation_goes_on_after_a_recorded_answer(
    plugin: PluginProcess, account: Account, exchange: Exchange, hands_back: bool
) -> None:
    question = question_for(exchange)
    turn = replay(plugin, account, exchange)
    target = question.target(account)  # a fresh account: the plan and the journal are empty
    said = turn.as_message(with_opaque_body=hands_back)
    results = turn.results(*("done" for _ in turn.calls))
    messages = [*question.messages, said, *results, GO_ON]
    assert take_turn(plugin, target, messages, question.options).text == "Echo: Go on."
    (body,) = account.bodies()
    sent = body.get("input", body.get("messages"))
    assert isinstance(sent, list)
    opaque = answer_of(exchange).opaque_body
    if hands_back and isinstance(opaque, dict):
        items = opaque["responses_output"]
        assert isinstance(items, list)
        begin = len(sent) - 1 - len(results) - len(items)
        assert sent[begin : begin + len(items)] == items
    elif not hands_back:
        reasoned = [item for item in question.messages if item.get("opaque_body")]
        kinds = [item.get("type") for item in sent if isinstance(item, dict)]
        assert kinds.count("reasoning") == len(reasoned)


def test_a_recorded_loop_of_reasoning_and_calls_is_told_as_its_client_told_it(
    plugin: PluginProcess, account: Account
) -> None:
    """Four answers, each after the results of the one before: we send what was sent then."""
    question = question_for(LOOP[0])
    target = question.target(account)
    account.plan(*(exchange.step for exchange in LOOP))
    messages, known = list(question.messages), 0
    for exchange, following in zip(LOOP, [*LOOP[1:], None], strict=True):
        turn = take_turn(plugin, target, messages, question.options)
        assert turn.calls == answer_of(exchange).calls
        if following is not None:
            outputs = [str(item["output"]) for item in _told(following.request["body"], OUTPUT)]
            messages.append(turn.as_message(with_opaque_body=True))
            messages += turn.results(*outputs[known:])
            known = len(outputs)
    for body, exchange in zip(account.bodies(), LOOP, strict=True):
        for kind in (OUTPUT, "reasoning", "function_call"):
            assert _told(body, kind) == _told(exchange.request["body"], kind)
        recorded = [item.get("type", "message") for item in exchange.request["body"]["input"]]
        assert [item["type"] for item in _items(body)] == recorded


def test_a_message_that_names_its_phase_is_handed_over_without_any_reasoning_too(
    plugin: PluginProcess, account: Account
) -> None:
    """The recording without its reasoning item, as it comes where reasoning is switched off."""
    (exchange,) = (item for item in ANSWERED if item.name == "responses-phase")
    body = exchange.response["body"]
    items = [item for item in body["output"] if item["type"] != "reasoning"]
    said = json.dumps({**body, "output": items})
    headers: Json = {"content-type": "application/json"}
    turn = replay(plugin, account, exchange, {"raw": {"headers": headers, "body": said}})
    assert turn.calls == answer_of(exchange).calls
    assert turn.opaque_body == {"responses_output": items}


def _told(body: Json, kind: str) -> list[Json]:
    """Return the items of a kind, as far as the recording's client sent back what it had got.

    It left out the ids and states of calls, and wrote their arguments anew.
    """
    items = [dict(item) for item in _items(body) if item.get("type") == kind]
    for item in items:
        if kind == "function_call":
            item |= {"id": None, "status": None, "arguments": json.loads(str(item["arguments"]))}
    return items


def _items(body: Json) -> list[Json]:
    items = body["input"]
    assert isinstance(items, list)
    return [item for item in items if isinstance(item, dict)]
