"""Failures on demand: refusals in the service's words, broken connections, bad bodies."""

from collections.abc import Callable

from fakes.openai import azure
from fakes.openai.call import Call
from fakes.openai.errors import (
    ServiceError,
    chat_model_not_found,
    invalid_api_key,
    invalid_request,
    responses_model_not_found,
)
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import refusal_reply, service_headers
from fakes.openai.steps import Fault
from fakes.openai.store import Kind
from fakes.openai.wire import Ending, Reply

# These break an answer that has begun, so the request must pass the rules first.
BREAKING = frozenset({"cut", "error_event", "malformed"})
_RATE_LIMITS = "https://platform.openai.com/account/rate-limits"
_OVERLOADED = (
    "upstream connect error or disconnect/reset before headers. reset reason: connection "
    "termination"
)
_ENDINGS = {"timeout": Ending.SILENCE, "disconnect": Ending.DISCONNECT}


def fault_reply(call: Call, fault: Fault, kind: Kind | None) -> Reply:
    """Return the answer of a fault that needs no rendered answer."""
    if fault.kind in _ENDINGS:
        return Reply(200, {}, [], ending=_ENDINGS[fault.kind])
    if fault.kind == "html":
        body = (fault.text or "<html><body><h1>Sign in</h1></body></html>").encode()
        headers = {"content-type": "text/html; charset=utf-8", "content-length": str(len(body))}
        return Reply(fault.status or 200, headers, [body])
    refusal = _refusal(call, fault, kind)
    if fault.status is not None:
        refusal.status = fault.status
    if fault.text is not None:
        refusal.error = (
            fault.text
            if isinstance(refusal.error, str)
            else refusal.error | {"message": fault.text}
        )
    refusal.headers |= _retry_headers(fault)
    return refusal_reply(call, refusal)


def malformed_reply(call: Call, body: bytes, fault: Fault) -> Reply:
    """Return a 200 whose JSON stops in the middle."""
    text = fault.text.encode() if fault.text is not None else body[: len(body) // 2]
    headers = service_headers(call) | {
        "content-type": "application/json",
        "content-length": str(len(text)),
    }
    return Reply(200, headers, [text], fault.delivery)


def _refusal(call: Call, fault: Fault, kind: Kind | None) -> ServiceError:
    refusals: dict[str, Callable[[], ServiceError]] = {
        "rate_limit": lambda: _rate_limit(call, fault),
        "tokens_too_large": lambda: _tokens_too_large(call),
        "insufficient_quota": _insufficient_quota,
        "server_error": lambda: _server_error(call),
        "overloaded_text": lambda: ServiceError(503, _OVERLOADED),
        "unauthorized": lambda: _unauthorized(call),
        "not_found": lambda: _not_found(call, kind),
        "content_filter": lambda: _content_filter(call, kind),
        "context_length": lambda: _context_length(kind),
    }
    return refusals.get(fault.kind, lambda: _server_error(call))()


def _unauthorized(call: Call) -> ServiceError:
    return azure.access_denied() if call.is_azure else invalid_api_key(call.account.key)


def _rate_limit(call: Call, fault: Fault) -> ServiceError:
    """Return the 429 of requests per minute (recording error-429-rpm)."""
    if call.is_azure:
        return _azure_rate_limit()
    seconds = fault.retry_after if fault.retry_after is not None else 1
    message = (
        f"Rate limit reached for {_model(call)} in organization {call.account.organization} on "
        f"requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in {seconds:g}s. "
        f"Visit {_RATE_LIMITS} to learn more."
    )
    error = {
        "message": message,
        "type": "requests",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    return ServiceError(429, error, {"retry-after": "1", "retry-after-ms": "1000"})


def _azure_rate_limit() -> ServiceError:
    message = (
        "Requests to the deployment have exceeded the call rate limit of your current pricing "
        "tier. Please retry after 1 second."
    )
    error = {"code": "RateLimitReached", "message": message}
    return ServiceError(429, error, {"retry-after": "1", "retry-after-ms": "0"})


def _tokens_too_large(call: Call) -> ServiceError:
    """Return the 429 that no retry mends (recording error-429-too-large-and-500)."""
    message = (
        f"Request too large for {_model(call)} in organization {call.account.organization} on "
        "tokens per min (TPM): Limit 400000, Requested 2500013. The input or output tokens must "
        f"be reduced in order to run successfully. Visit {_RATE_LIMITS} to learn more."
    )
    error = {"message": message, "type": "tokens", "param": None, "code": "rate_limit_exceeded"}
    return ServiceError(429, error)


def _insufficient_quota() -> ServiceError:
    """Return the 429 of an empty purse (recording responses-stream-failed)."""
    message = (
        "You exceeded your current quota, please check your plan and billing details. For more "
        "information on this error, read the docs: "
        "https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    kind = "insufficient_quota"
    return ServiceError(429, {"message": message, "type": kind, "param": None, "code": kind})


def _server_error(call: Call) -> ServiceError:
    """Return the 500 (error-429-too-large-and-500; azure-error-500-models-path)."""
    if call.is_azure:
        message = "An error occurred while getting the response from the model."
        return ServiceError(500, {"message": message})
    message = (
        "An error occurred while processing your request. You can retry your request, or contact "
        "us through our help center at help.openai.com if the error persists."
    )
    kind = "server_error"
    return ServiceError(500, {"message": message, "type": kind, "param": None, "code": kind})


def _not_found(call: Call, kind: Kind | None) -> ServiceError:
    if call.is_azure:
        return azure.deployment_not_found()
    build = responses_model_not_found if kind == "response" else chat_model_not_found
    return build(_model(call))


def _content_filter(call: Call, kind: Kind | None) -> ServiceError:
    if call.is_azure:
        return azure.prompt_filtered(responses=kind == "response")
    message = (
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. "
        "Please try again with a different prompt."
    )
    return invalid_request(message, code="invalid_prompt")


def _context_length(kind: Kind | None) -> ServiceError:
    """Return the 400 of an input over the context, which each API words in its own way."""
    code = "context_length_exceeded"
    if kind == "response":
        message = (
            "Your input exceeds the context window of this model. Please adjust your input and "
            "try again."
        )
        return invalid_request(message, "input", code)
    message = (
        "This model's maximum context length is 128000 tokens. However, your messages resulted in "
        "200000 tokens. Please reduce the length of the messages."
    )
    return invalid_request(message, "messages", code)


def _retry_headers(fault: Fault) -> dict[str, str]:
    headers = {}
    if fault.retry_after is not None:
        headers["retry-after"] = f"{fault.retry_after:g}"
        headers["retry-after-ms"] = f"{fault.retry_after * 1000:.0f}"
    if fault.retry_after_ms is not None:
        headers["retry-after-ms"] = str(fault.retry_after_ms)
    return headers


def _model(call: Call) -> str:
    """Return the model that the request names, also when it is otherwise broken."""
    try:
        body: JsonObject = call.json_object()
    except ServiceError:
        body = {}
    return str(body.get("model") or call.deployment or "gpt-4o-mini")
