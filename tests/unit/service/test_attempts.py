"""Attempts are bounded in number and in time."""

from dataclasses import replace

import pytest

from models.failures.failure import Kind, Said, ServiceError
from models.service.attempts import MOST_ATTEMPTS, Deadline, attempts

BAD = ServiceError(Kind.SERVER, Said("no"), retry_after=0.0, retryable=True)


def tries_until_given_up(error: Exception, deadline: Deadline, most: int = MOST_ATTEMPTS) -> int:
    """Count the attempts at a call that always fails, and see that its error is raised."""
    tries = 0

    def fail() -> None:
        nonlocal tries
        for attempt in attempts(deadline, most):
            with attempt:
                tries += 1
                raise error

    with pytest.raises(type(error)) as raised:
        fail()
    assert raised.value is error
    return tries


def limited(retry_after: float | None, *, retryable: bool = True) -> ServiceError:
    return ServiceError(Kind.RATE_LIMIT, Said("wait"), retry_after=retry_after, retryable=retryable)


@pytest.mark.parametrize(
    ("error", "seconds", "most", "tries"),
    [
        (limited(0.0), 590.0, 3, 3),
        (limited(0.0), 590.0, 1, 1),
        (limited(0.0), 590.0, 10, 10),
        (limited(0.0, retryable=False), 590.0, 3, 1),
        # Pauses that are longer than what is left, or than anybody should wait.
        (limited(5.0), 1.0, 3, 1),
        (limited(None), 0.1, 3, 1),
        (limited(61.0), 590.0, 3, 1),
        # An answer had begun: each may be billed.
        (replace(limited(0.0), begun=True), 590.0, 10, 2),
        (ValueError("ours"), 590.0, 3, 1),
    ],
)
def test_attempts_end(error: Exception, seconds: float, most: int, tries: int) -> None:
    assert tries_until_given_up(error, Deadline(seconds), most) == tries


def test_the_first_success_ends_the_loop() -> None:
    failures = [BAD, BAD]
    tries = 0
    for attempt in attempts(Deadline()):
        with attempt:
            tries += 1
            if failures:
                raise failures.pop()
            break
    assert tries == 3


def test_a_deadline_counts_down_to_nothing_and_can_only_be_shortened() -> None:
    deadline = Deadline(100.0)
    deadline.shorten(200.0)
    assert 0.0 < deadline.remaining() <= 100.0
    deadline.shorten(0.0)
    assert deadline.remaining() == 0.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (7.0, "the answer was not complete after 7 s, the limit for one call"),
        (
            590.0,
            "the answer was not complete after 590 s, the limit for one call "
            "(Dify itself gives up after 600 s)",
        ),
    ],
)
def test_the_failure_of_a_call_whose_time_is_up_names_the_limit(seconds: float, said: str) -> None:
    failure = Deadline(seconds).expired()
    assert failure.said.message == said
    assert not failure.retryable
