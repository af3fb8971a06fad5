"""Texts that arrived together leave together: Dify gets one chunk for all of them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from models.failures.failure import ServiceError
from models.llm.reply import Content, ReplyEvent, ReplyFinished, TextDelta


def joined(events: Iterable[ReplyEvent]) -> Iterator[ReplyEvent]:
    """Yield the events, each run of one kind of text as one piece.

    What was said before a failure comes before it.
    """
    run: list[Content] = []
    try:
        for event in events:
            if run and _kind(event) != _kind(run[0]):
                yield _in_one(run)
                run = []
            if isinstance(event, ReplyFinished):
                yield event
            else:
                run.append(event)
    except ServiceError:
        if run:
            yield _in_one(run)
        raise
    if run:
        yield _in_one(run)


def _kind(event: ReplyEvent) -> tuple[type[ReplyEvent], bool]:
    return type(event), isinstance(event, TextDelta) and event.aside


def _in_one(run: list[Content]) -> Content:
    return run[0] if len(run) == 1 else replace(run[0], text="".join(piece.text for piece in run))
