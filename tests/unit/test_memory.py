"""What the process remembers is bounded, and what it says is said once."""

import logging

import pytest

from models.memory import ExpiringMemory, warn_once

LOGGER = logging.getLogger("models.of.a.test")


def test_the_oldest_is_forgotten_when_it_is_full() -> None:
    memory = ExpiringMemory[int, str]()
    for number in range(512):
        memory.remember(number, "x")
    memory.remember(0, "newest")
    memory.remember(512, "one too many")
    assert (memory.recall(0), memory.recall(1), memory.recall(2)) == ("newest", None, "x")


def test_a_topic_is_warned_of_once_and_topics_are_bounded(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, LOGGER.name):
        for topic in ("a", "a", "b", *map(str, range(1024)), "b", "a"):
            warn_once(LOGGER, ("memory", topic), topic)
    said = [record.getMessage() for record in caplog.records]
    assert (said[:2], said[-2:]) == (["a", "b"], ["b", "a"])
