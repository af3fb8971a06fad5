"""A failed call in our own words, and the one sentence that Dify is told of it.

Dify recognises errors by class name, so a failure becomes one of the SDK's five Invoke errors and
never a subclass of them. The class decides what Dify does next: a rate limit rests a
load-balanced credential for 60 s, a failed sign-in or connection for 10 s.
"""

import logging
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum

from dify_plugin.errors.model import (
    CredentialsValidateFailedError,
    InvokeAuthorizationError,
    InvokeBadRequestError,
    InvokeConnectionError,
    InvokeError,
    InvokeRateLimitError,
    InvokeServerUnavailableError,
)

from models.failures.words import advice_for, name_of, shortened, shown

logger = logging.getLogger(__name__)


class Kind(Enum):
    """What kind of failure it is; the value is the class that Dify is told."""

    AUTHORIZATION = InvokeAuthorizationError
    BAD_REQUEST = InvokeBadRequestError
    CONNECTION = InvokeConnectionError
    RATE_LIMIT = InvokeRateLimitError
    SERVER = InvokeServerUnavailableError


@dataclass(frozen=True, slots=True)
class Said:
    """What a service said about a failure, as it said it: it may quote a key or a prompt.

    `param` is the request field that it is about; `unknown` are the fields that a validator of the
    request did not know (pydantic's `extra_forbidden`, as FastAPI servers answer with 422).
    """

    message: str
    code: str | None = None
    type: str | None = None
    param: str | None = None
    unknown: tuple[str, ...] = ()


@dataclass(eq=False)
class ServiceError(Exception):
    """A call that failed, before it is told to Dify. `status` is the HTTP status, None without one.

    `retry_after` is the pause in seconds that the service asked for. `retryable` says that the same
    request may succeed later and that Dify has got nothing of an answer yet; `begun` that the
    service had begun one, so that another attempt may be billed as well.
    """

    kind: Kind
    said: Said
    status: int | None = None
    request_id: str | None = None
    retry_after: float | None = None
    retryable: bool = False
    begun: bool = False
    advice: str = ""

    def sentence(self, service: str, secrets: Iterable[str] = ()) -> str:
        """Return service, its own words, request id and the way out, readable and masked.

        With `refused_check`, which tells the same of a check in another order, the only way to show
        anything that a service said; `secrets` sign requests in.
        """
        secrets = tuple(secrets)
        text = f"{service}: {shown(self.said.message, secrets)}"
        if facts := self.facts(secrets):
            text = f"{text} ({', '.join(facts)})"
        if self.advice:
            advice = shown(self.advice, secrets)
            text = f"{text if text.endswith(('.', '!', '?')) else f'{text}.'} {advice}"
        return text

    def facts(self, secrets: tuple[str, ...]) -> list[str]:
        """Return status, code and request id, as far as there are any, masked."""
        facts = [f"HTTP {self.status}"] if self.status else []
        code = self.said.code or self.said.type
        if code and code != str(self.status):
            facts.append(shown(code, secrets))
        if request_id := name_of(self.request_id, secrets):
            # Support finds a request by it: 32 hexadecimal digits are kept, as no key of ours.
            facts.append(f"request id {request_id}")
        return facts

    def to_invoke_error(self, service: str, secrets: Iterable[str] = ()) -> InvokeError:
        """Return Dify's error with the one sentence about this failure."""
        error_class: type[InvokeError] = self.kind.value
        return error_class(self.sentence(service, secrets))


@contextmanager
def told_to_dify(service: str, secrets: Callable[[], Iterable[str]]) -> Iterator[None]:
    """Raise what fails inside as one of Dify's errors that carries its sentence and nothing else.

    The SDK writes an error's whole chain into its message and the daemon writes that to its log.
    Chained errors hold what must not get there: a validator's input is the answer's text, a
    transport's request holds the key. So nothing is chained, and of a fault of our own only the
    class and the places in our code are told, in the log.
    """
    try:
        yield
    except ServiceError as failure:
        raise failure.to_invoke_error(service, secrets()) from None
    except (InvokeError, CredentialsValidateFailedError) as error:
        raise error from None
    except Exception as fault:  # noqa: BLE001 - nothing else may leave
        logger.error("A fault of the plugin: %s", places(fault))
        raise InvokeError(
            f"{service}: the plugin failed with {type(fault).__name__}; please report it with the "
            "plugin daemon's log of this moment"
        ) from None


def places(fault: BaseException) -> str:
    """Return an exception's class and where it passed, without its message and any value."""
    places = (
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(fault.__traceback__)
    )
    return f"{type(fault).__name__} at {' > '.join(places)}"


def connection_failure(message: str, *, begun: bool = False) -> ServiceError:
    """Return the failure of a connection that was never made, or broke before or in an answer."""
    advice = advice_for("connection")
    return ServiceError(Kind.CONNECTION, Said(message), retryable=True, begun=begun, advice=advice)


def answer_cut_off() -> ServiceError:
    """Return the failure of an answer that had begun when its connection or its bytes ended.

    It may be billed as a whole one, so it is not asked for again.
    """
    failure = connection_failure("the connection broke in the middle of the answer", begun=True)
    return replace(failure, retryable=False)


def answer_ended_early() -> ServiceError:
    """Return the failure of a stream that came to its end before the answer in it did."""
    failure = connection_failure("the stream ended before the answer did", begun=True)
    return replace(failure, retryable=False)


def answer_too_long(most_bytes: int) -> ServiceError:
    """Return the failure of an answer that the process has no room for."""
    said = Said(f"the answer is longer than {_size(most_bytes)}, more than Dify can take")
    return ServiceError(Kind.BAD_REQUEST, said, advice=advice_for("too_long"))


def too_many_parts(most: int) -> ServiceError:
    """Return the failure of an answer that would take far more room than its bytes."""
    said = Said(f"the answer has more than {most:,} objects and lists, more than Dify can take")
    return ServiceError(Kind.BAD_REQUEST, said, advice=advice_for("too_long"))


def request_too_long(most_bytes: int) -> ServiceError:
    """Return the failure of a request that is too long to be sent."""
    said = Said(f"the request is longer than {_size(most_bytes)} and was not sent")
    return ServiceError(Kind.BAD_REQUEST, said, advice=advice_for("request_too_long"))


def _size(number: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{number >> 20} MiB" if number >> 20 else f"{number >> 10} KiB"


def calls_too_long(most: int, most_characters: int) -> ServiceError:
    """Return the failure of an answer that calls tools more often, or at more length, than Dify can
    take."""
    said = Said(
        f"the answer has more than {most} tool calls, or more than {most_characters} characters in "
        "them, which is more than Dify can take"
    )
    return ServiceError(Kind.BAD_REQUEST, said, advice=advice_for("too_long"))


def unreadable_answer() -> ServiceError:
    """Return the failure of an answer whose bytes are not what its headers say."""
    said = Said("the answer cannot be decoded: its bytes are not what its headers say")
    return ServiceError(Kind.SERVER, said, advice=advice_for("connection"))


def sign_in_unreachable(message: str) -> ServiceError:
    """Return the failure of a sign-in whose host was not reached, or broke off."""
    advice = (
        "For a SOCKS proxy install the package `PySocks` where the plugin runs, or name another "
        "proxy in HTTPS_PROXY or the Proxy URL of the settings."
        if "SOCKS support" in message
        else "Check the network and the proxy between this host and Microsoft Entra ID; the Proxy "
        "URL and the CA certificate of the settings serve the sign-in too."
    )
    said = Said(f"no connection to the sign-in ({message})")
    return ServiceError(Kind.CONNECTION, said, retryable=True, advice=advice)


def sign_in_failure(message: str) -> ServiceError:
    """Return the failure of a sign-in that gave no token."""
    advice = "Check the tenant, the client id and the client secret or certificate in the settings."
    return ServiceError(Kind.AUTHORIZATION, Said(message), advice=advice)


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
    """Return the error for a request that we refuse; what it quotes may be of any length."""
    return InvokeBadRequestError(shortened(message))
