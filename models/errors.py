"""One vocabulary of failures: what a service or the network did -> Dify's Invoke errors, readable.

Dify recognises errors by class name, so a failure becomes one of the SDK's five Invoke errors and
never a subclass of them. The class decides what Dify does next: a rate limit rests a
load-balanced credential for 60 s, a failed sign-in or connection for 10 s.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from dify_plugin.errors.model import (
    InvokeAuthorizationError,
    InvokeBadRequestError,
    InvokeConnectionError,
    InvokeError,
    InvokeRateLimitError,
    InvokeServerUnavailableError,
)

from models.error_text import advice_for, mask, one_line, without_secrets


class Kind(Enum):
    """What kind of failure it is; the value is the class that Dify is told."""

    AUTHORIZATION = InvokeAuthorizationError
    BAD_REQUEST = InvokeBadRequestError
    CONNECTION = InvokeConnectionError
    RATE_LIMIT = InvokeRateLimitError
    SERVER = InvokeServerUnavailableError


@dataclass(frozen=True, slots=True)
class Said:
    """What a service said about a failure; `param` is the request field that it is about."""

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None


@dataclass(eq=False)
class ServiceError(Exception):
    """A call that failed, before it is told to Dify. `status` is the HTTP status, None without one.

    `retry_after` is the pause in seconds that the service asked for. `retryable` says that the same
    request may succeed later and that nothing of an answer has arrived yet.
    """

    kind: Kind
    said: Said
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    retryable: bool = False
    advice: str = ""

    def to_invoke_error(self, service: str, secrets: Iterable[str] = ()) -> InvokeError:
        """Return Dify's error: service, its own words, request id and the way out, readable.

        `secrets` are the headers that sign requests in; none of them is shown.
        """
        facts = [f"HTTP {self.status}"] if self.status else []
        code = self.said.code or self.said.type
        if code and code != str(self.status):
            facts.append(code)
        if self.request_id:
            facts.append(f"request id {self.request_id}")
        text = f"{service}: {self.said.message}"
        if facts:
            text = f"{text} ({', '.join(facts)})"
        if self.advice:
            text = f"{text if text.endswith(('.', '!', '?')) else f'{text}.'} {self.advice}"
        error_class: type[InvokeError] = self.kind.value
        # Codes, ids and filter categories come from the service as they are.
        return error_class(one_line(without_secrets(text, secrets)))


def connection_failure(message: str, *, retryable: bool = True) -> ServiceError:
    """Return the failure of a connection that was never made, or broke before or in an answer."""
    advice = advice_for("connection")
    return ServiceError(Kind.CONNECTION, Said(message), retryable=retryable, advice=advice)


def unreadable_answer() -> ServiceError:
    """Return the failure of an answer whose bytes are not what its headers say."""
    said = Said("the answer cannot be decoded: its bytes are not what its headers say")
    return ServiceError(Kind.SERVER, said, advice=advice_for("connection"))


def sign_in_failure(message: str) -> ServiceError:
    """Return the failure of a sign-in that gave no token."""
    advice = "Check the tenant, the client id and the client secret in the model's settings."
    return ServiceError(Kind.AUTHORIZATION, Said(mask(message)), advice=advice)


def empty_answer(finish_reason: str) -> ServiceError | None:
    """Return the failure of an answer that ended like this before it said anything.

    None where an empty answer is one: Dify would show any other as a success.
    """
    match finish_reason:
        case "length":
            words = "the model used up its token limit before it wrote any text"
        case "content_filter":
            words = "the service's content filter removed the whole answer"
        case _:
            return None
    return ServiceError(Kind.BAD_REQUEST, Said(words), advice=advice_for(f"empty_{finish_reason}"))


def bad_request(message: str) -> InvokeBadRequestError:
    """Return the error for a request that we refuse before it is sent."""
    return InvokeBadRequestError(message)
