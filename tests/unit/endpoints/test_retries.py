"""Attempts are bounded in number and in time."""

from time import monotonic

import pytest

from models.failures.failure import Kind, Said, ServiceError
from models.service import openai as openai_endpoint
from models.service.attempts import MAX_ATTEMPTS, Deadline, with_retries
from tests.unit.answering_server import answering


def attempts_until_given_up(
    retry_after: float, deadline: Deadline, *, retryable: bool = True
) -> int:
    """Count the attempts at a call that always fails, and see that its error is raised."""
    error = ServiceError(
        Kind.RATE_LIMIT, Said("wait"), retry_after=retry_after, retryable=retryable
    )
    calls: list[int] = []

    def attempt() -> None:
        calls.append(1)
        raise error

    with pytest.raises(ServiceError) as raised:
        with_retries(attempt, deadline)
    assert raised.value is error
    return len(calls)


def test_attempts_are_bounded() -> None:
    assert attempts_until_given_up(0.0, Deadline()) == MAX_ATTEMPTS


def test_what_waiting_cannot_mend_is_tried_once() -> None:
    assert attempts_until_given_up(0.0, Deadline(), retryable=False) == 1


def test_a_pause_that_does_not_fit_before_the_deadline_is_not_begun() -> None:
    started = monotonic()
    assert attempts_until_given_up(5.0, Deadline(1.0)) == 1
    assert monotonic() - started < 1.0


def test_the_first_success_is_returned() -> None:
    failures = [ServiceError(Kind.SERVER, Said("no"), retry_after=0.0, retryable=True)]

    def attempt() -> str:
        if failures:
            raise failures.pop()
        return "yes"

    assert with_retries(attempt, Deadline()) == "yes"


@pytest.mark.parametrize("stream", [True, False])
def test_a_silent_service_is_left_at_the_deadline_with_the_limit_named(stream: bool) -> None:
    with answering(b"") as server:
        credentials = {"openai_api_key": "key", "openai_api_base": server.url}
        endpoint = openai_endpoint.from_credentials("gpt-4o-mini", credentials)
        with pytest.raises(ServiceError) as raised:
            endpoint.post("/responses", {"stream": stream}, {}, Deadline(0.3))
    message = str(raised.value.to_invoke_error("OpenAI"))
    assert message.startswith("OpenAI: the answer was not complete after 0 s, the plugin's limit")
    assert "Dify itself gives up after 600 s" in message
    assert not raised.value.retryable
