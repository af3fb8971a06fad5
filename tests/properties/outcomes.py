"""What a property may see: a result, or a documented error that a person can read."""

from collections.abc import Callable

from dify_plugin.errors.model import InvokeBadRequestError

from models.failures.failure import Kind, ServiceError


def result_or_refusal[T](call: Callable[[], T]) -> T | None:
    """Return what a call returns, None where it refuses the request with one readable line."""
    try:
        return call()
    except InvokeBadRequestError as refusal:
        assert_readable(str(refusal))
        return None


def result_or_failure[T](call: Callable[[], T]) -> T | None:
    """Return what a call returns, None where it fails with a ServiceError that Dify can read."""
    try:
        return call()
    except ServiceError as failure:
        assert_told(failure)
        return None


def assert_told(failure: ServiceError) -> None:
    """Check that a failure becomes one of Dify's five errors, and one readable line."""
    error = failure.to_invoke_error("OpenAI")
    assert type(error) in {kind.value for kind in Kind}
    assert_readable(str(error))


def assert_readable(sentence: str) -> None:
    """Check that a sentence is one line that can be written as UTF-8, as the daemon needs it."""
    assert sentence.strip()
    assert len(sentence.splitlines()) == 1
    assert sentence.encode("utf-8")
