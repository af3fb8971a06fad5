"""Texts that arrive together become one, and nothing else does."""

from collections.abc import Iterator

import pytest

from models.failures.failure import ServiceError, answer_cut_off
from models.llm.joined_text import joined
from models.llm.reply import ReasoningDelta, Reply, ReplyEvent, ReplyFinished, TextDelta

END = ReplyFinished(Reply(id=None, model="m", content=(), finish_reason="stop", usage=None))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], []),
        ([TextDelta("a")], [TextDelta("a")]),
        ([TextDelta("a"), TextDelta("b"), TextDelta("c")], [TextDelta("abc")]),
        (
            [ReasoningDelta("a"), ReasoningDelta("b"), TextDelta("c"), TextDelta("d")],
            [ReasoningDelta("ab"), TextDelta("cd")],
        ),
        (
            [TextDelta("a"), TextDelta("\n\n", aside=True), TextDelta("b"), TextDelta("c")],
            [TextDelta("a"), TextDelta("\n\n", aside=True), TextDelta("bc")],
        ),
        ([TextDelta("a"), TextDelta("b"), END], [TextDelta("ab"), END]),
    ],
    ids=["nothing", "one", "text", "reasoning", "an aside", "the end"],
)
def test_each_run_of_one_kind_is_one_piece(
    events: list[ReplyEvent], expected: list[ReplyEvent]
) -> None:
    assert list(joined(events)) == expected


def test_what_was_said_before_a_failure_comes_before_it() -> None:
    def failing() -> Iterator[ReplyEvent]:
        yield TextDelta("a")
        yield TextDelta("b")
        raise answer_cut_off()

    events = joined(failing())
    assert next(events) == TextDelta("ab")
    with pytest.raises(ServiceError):
        next(events)
