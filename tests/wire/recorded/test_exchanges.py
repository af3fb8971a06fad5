"""No recorded exchange is forgotten, and nothing of a recorded request is dropped unnoticed."""

from collections import Counter

from tests.wire.recorded.exchanges import ALL, NOT_ROUTED, OTHER_PATHS, ROUTED, TESTED, route_of
from tests.wire.recorded.settings import CARRIED, HOSTED_TOOLS, NOT_ASKED_FOR, OURS

DIFY_TOOLS = {"function", "web_search"}


def test_every_exchange_is_replayed_or_listed_with_its_reason_exactly_once() -> None:
    places = [exchange.label for exchange in ROUTED] + [*OTHER_PATHS, *NOT_ROUTED]
    assert len(places) == len(set(places))
    assert set(places) == {exchange.label for exchange in ALL}
    assert {exchange.label for exchange in TESTED} == set(places) - set(NOT_ROUTED)


def test_there_are_as_many_as_were_counted() -> None:
    assert (len(ALL), len(TESTED), len(NOT_ROUTED)) == (123, 104, 19)
    assert len({exchange.name for exchange in ALL}) == 110
    assert Counter(route_of(exchange) for exchange in ROUTED) == {
        "openai-chat": 45,
        "openai-responses": 39,
        "azure-chat": 10,
        "azure-responses": 4,
        "azure-v1-chat": 1,
        "azure-v1-responses": 1,
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
