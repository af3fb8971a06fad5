"""Ask what was asked when an answer was recorded, be given that answer, compare."""

import json

from pydantic import JsonValue

from tests.wire.ends import Json, Wire
from tests.wire.recorded.exchanges import TESTED, asks_for_search, expected_of, question_for
from tests.wire.recorded.expected import Answer
from tests.wire.turns import Turn, take_turn
from tests.workshop.openai.recorded import Exchange

# As often as the plugin tries.
_ATTEMPTS = 3
# Each write takes the service about a millisecond.
_MOST_CUTS = 150

_READ: dict[str, Answer | None] = {exchange.label: expected_of(exchange) for exchange in TESTED}
ANSWERED = [exchange for exchange in TESTED if _READ[exchange.label]]
FAILED = [exchange for exchange in TESTED if not _READ[exchange.label]]


def by_label(exchange: Exchange) -> str:
    """Name a test case."""
    return exchange.label


def answer_of(exchange: Exchange) -> Answer:
    """Return what Dify must be given for a recorded success."""
    expected = _READ[exchange.label]
    assert expected is not None
    return expected


def replay(wire: Wire, exchange: Exchange, step: Json | None = None) -> Turn:
    """Return what Dify got; `step` is the recorded answer unless another one is given."""
    question = question_for(exchange)
    target = question.target(wire)
    wire.plan(*[step or _step_of(exchange)] * _ATTEMPTS)
    return take_turn(wire, target, question.messages, question.options)


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


def _step_of(exchange: Exchange) -> Json:
    """Return the step that answers as recorded, a stream in pieces, a refusal without its pause."""
    response = exchange.response
    if exchange.streamed:
        return {**exchange.step, "split": {"at": _awkward_cuts(exchange.body_bytes() or b"")}}
    if response["status"] != 429 and response["status"] < 500:
        return exchange.step
    headers = {**response["headers"], "retry-after": "0", "retry-after-ms": "5"}
    body = response["body"]
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return {"raw": {"status": response["status"], "headers": headers, "body": text}}


def _awkward_cuts(body: bytes) -> list[JsonValue]:
    """Return where a careless reader trips: inside characters, and on both sides of line ends."""
    inside = [at for at, byte in enumerate(body) if 0x80 <= byte < 0xC0]
    around = [at + side for at, byte in enumerate(body) if byte in b"\r\n" for side in (0, 1)]
    # Characters of several bytes are rare, so they all stay; of the line ends every nth does.
    step = 1 + (len(inside) + len(around)) // _MOST_CUTS
    return list[JsonValue](sorted({*inside, *around[::step]}))
