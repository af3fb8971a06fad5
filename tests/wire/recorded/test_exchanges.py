"""No recorded exchange is forgotten, and nothing of a recorded request is dropped unnoticed."""

import re
from collections import Counter

from tests.wire.recorded.exchanges import (
    ALL,
    NOT_CALLED,
    OTHER_PATHS,
    OTHER_TYPES,
    TESTED,
    route_of,
)
from tests.wire.recorded.settings import CARRIED, HOSTED_TOOLS, NOT_ASKED_FOR, OURS

DIFY_TOOLS = {"function", "web_search"}


def test_every_exchange_is_replayed_or_has_one_reason_why_not() -> None:
    for exchange in ALL:
        asked = f"{exchange.request['method']} {exchange.request['path']}"
        reasons = [reason for form, reason in NOT_CALLED.items() if re.fullmatch(form, asked)]
        replayed = exchange in TESTED or OTHER_TYPES.fullmatch(exchange.request["path"])
        assert len(reasons) == (0 if replayed else 1), exchange.label
    assert {exchange.label for exchange in ALL} >= OTHER_PATHS.keys()


def test_there_are_as_many_as_were_counted() -> None:
    assert (len(ALL), len({exchange.name for exchange in ALL})) == (123, 110)
    assert Counter(route_of(exchange) for exchange in TESTED) == {
        "openai-chat": 45,
        "openai-responses": 39,
        "azure-chat": 10,
        "azure-responses": 4,
        "azure-v1-chat": 1,
        "azure-v1-responses": 1,
        None: len(OTHER_PATHS),
    }


def test_every_argument_of_a_recorded_request_is_carried_or_named() -> None:
    used = {name for exchange in TESTED for name in exchange.request["body"] or {}}
    assert used <= CARRIED | OURS | NOT_ASKED_FOR.keys()
    assert used >= NOT_ASKED_FOR.keys()
    assert not CARRIED & NOT_ASKED_FOR.keys()


def test_every_tool_of_a_recorded_request_is_carried_or_named() -> None:
    bodies = [exchange.request["body"] or {} for exchange in TESTED]
    kinds = {tool["type"] for body in bodies for tool in body.get("tools", ())}
    assert kinds == DIFY_TOOLS | HOSTED_TOOLS
