"""What calls learn of an endpoint adds up, whichever of them ends first."""

import logging

import pytest

from models.service import openai, refusals


def test_what_calls_learn_at_the_same_time_adds_up_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    endpoint = openai.from_credentials("m", {"openai_api_key": "key-of-this-test-alone"})
    with caplog.at_level(logging.WARNING):
        for learned in ({"user"}, {"stream"}, {"user"}):
            refusals.remember(endpoint, "chat", frozenset(learned))
    assert refusals.refused_by(endpoint, "chat") == {"user", "stream"}
    assert refusals.refused_by(endpoint, "responses") == refusals.NOTHING
    told = [record.getMessage() for record in caplog.records]
    assert [text.partition(";")[0] for text in told] == [
        "OpenAI: 'm' refuses `user` on chat",
        "OpenAI: 'm' refuses `stream` on chat",
    ]
