"""Ask what was asked when an answer was recorded, be given that answer, compare."""

import json

from fakes.dify_daemon.plugin_process import PluginProcess
from tests.wire.recorded.exchanges import TESTED, asks_for_search, expected_of, question_for
from tests.wire.recorded.expected import Answer, Expected, Failure
from tests.wire.service import Account, Json
from tests.wire.turns import Turn, take_turn
from tests.workshop.openai.recorded import Exchange

# As often as the plugin tries.
_ATTEMPTS = 3

_READ: dict[str, Expected] = {exchange.label: expected_of(exchange) for exchange in TESTED}
ANSWERED = [exchange for exchange in TESTED if isinstance(_READ[exchange.label], Answer)]
FAILED = [exchange for exchange in TESTED if isinstance(_READ[exchange.label], Failure)]


def by_label(exchange: Exchange) -> str:
    """Name a test case."""
    return exchange.label


def answer_of(exchange: Exchange) -> Answer:
    """Return what Dify must be given for a recorded success."""
    expected = _READ[exchange.label]
    assert isinstance(expected, Answer)
    return expected


def failure_of(exchange: Exchange) -> Failure:
    """Return what Dify must be told for a recorded failure."""
    expected = _READ[exchange.label]
    assert isinstance(expected, Failure)
    return expected


def replay(
    plugin: PluginProcess, account: Account, exchange: Exchange, step: Json | None = None
) -> Turn:
    """Return what Dify got; `step` is the recorded answer unless another one is given."""
    question = question_for(exchange)
    target = question.target(account)
    account.plan(*[step or _soon(exchange) or exchange.step] * _ATTEMPTS)
    return take_turn(plugin, target, question.messages, question.options)


def check_answer(turn: Turn, exchange: Exchange) -> None:
    """Compare what Dify got with what the file says."""
    expected = answer_of(exchange)
    searched = asks_for_search(exchange)
    assert turn.text == (expected.text_with_sources if searched else expected.text)
    assert turn.calls == expected.calls
    assert turn.finish_reason == expected.finish
    assert turn.opaque_body == expected.opaque_body
    assert exchange.streamed or turn.chunks == 1
    counts = ("prompt_tokens", "completion_tokens", "total_tokens")
    counted = tuple(turn.usage[name] for name in counts)
    if (tokens := expected.tokens) is not None:
        assert counted == (tokens.input, tokens.output, tokens.input + tokens.output)
    else:
        assert 0 not in counted


def _soon(exchange: Exchange) -> Json | None:
    """Shorten the pause of 20 s that a recorded refusal asks for; the rest stays as it was."""
    response = exchange.response
    if "retry-after" not in response["headers"]:
        return None
    headers = {**response["headers"], "retry-after": "0", "retry-after-ms": "5"}
    body = json.dumps(response["body"], ensure_ascii=False)
    return {"raw": {"status": response["status"], "headers": headers, "body": body}}
