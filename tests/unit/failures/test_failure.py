"""An error carries its sentence and nothing else: no key, no prompt, no chain."""

import logging

import pytest
from dify_plugin.errors.model import InvokeBadRequestError, InvokeError, InvokeRateLimitError

from models.failures.failure import Kind, Said, ServiceError, bad_request, told_to_dify

KEY = "a-key-without-any-known-form"


def told(fault: Exception) -> InvokeError:
    """Return what Dify is told of a fault."""

    def fail() -> None:
        with told_to_dify("OpenAI", lambda: (f"Bearer {KEY}",)):
            try:
                raise ValueError(KEY)
            except ValueError:
                raise fault  # noqa: B904 - with a context, as faults have one

    with pytest.raises(InvokeError) as raised:
        fail()
    error = raised.value
    assert error.__cause__ is None
    assert error.__suppress_context__
    return error


LONG = f"{'x' * 790} {KEY}"


@pytest.mark.parametrize(
    "said", [Said(LONG), Said("No.", code=LONG), Said("No.", type=LONG), Said("No.", param=LONG)]
)
def test_the_requests_own_key_is_in_no_part_of_the_sentence(said: Said) -> None:
    assert "a-key" not in str(told(ServiceError(Kind.BAD_REQUEST, said)))


def test_neither_is_it_in_the_request_id_or_the_advice() -> None:
    failure = ServiceError(Kind.SERVER, Said("No."), request_id=KEY, advice=f"Ask {KEY}.")
    assert str(told(failure)) == "OpenAI: No. (request id [key]). Ask [key]."


def test_a_request_id_stays_even_where_it_looks_like_a_key() -> None:
    failure = ServiceError(Kind.RATE_LIMIT, Said("No."), request_id="0123456789abcdef" * 2)
    error = told(failure)
    assert type(error) is InvokeRateLimitError
    assert str(error) == f"OpenAI: No. (request id {'0123456789abcdef' * 2})"


def test_an_error_of_ours_passes_as_it_is() -> None:
    error = bad_request("Write less.")
    assert told(error) is error
    assert type(error) is InvokeBadRequestError


def test_of_a_fault_only_its_class_and_places_are_told(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "models"):
        error = told(KeyError(KEY))
    (record,) = caplog.records
    assert "KeyError" in str(error)
    assert "KeyError at " in record.getMessage()
    assert "test_failure.py:" in record.getMessage()
    assert record.exc_info is None
    assert KEY not in f"{error} {record.getMessage()}"
