"""Failures on demand: refusals in Dify's words, what a proxy answers, broken connections."""

from fakes.dify_app.errors import DifyError
from fakes.openai.errors import JSON_TYPE
from fakes.openai.steps import Fault
from fakes.openai.wire import Ending, Reply

# API reference, Errors and rate limits; the codes of POST /chat-messages.
_REFUSALS = {
    "app_unavailable": (400, "App unavailable, please check your app configurations."),
    "agent_not_published": (400, "The agent has not been published."),
    "provider_not_initialize": (400, "No valid model provider credentials found."),
    "provider_quota_exceeded": (400, "The quota of the model provider has been exhausted."),
    "model_currently_not_support": (400, "The model is currently not supported."),
    "completion_request_error": (400, "Completion request failed."),
    "conversation_completed": (400, "The conversation has ended. Please start a new conversation."),
    "unauthorized": (401, "Access token is invalid"),
    "forbidden": (403, "The app's API service has been disabled."),
    "too_many_requests": (
        429,
        "Too many requests. Please try again later. The current maximum concurrent requests "
        "allowed is 1.",
    ),
    "rate_limit_error": (429, "Rate Limit Error"),
    "internal_server_error": (500, "Internal server error."),
}
_PROXIES = {
    "service_unavailable": (503, "text/plain", "upstream connect error"),
    "html": (200, "text/html; charset=utf-8", "<html><body><h1>Sign in</h1></body></html>"),
    "json": (200, JSON_TYPE, '{"status": "ok"}'),
}
_ENDINGS = {"timeout": Ending.SILENCE, "disconnect": Ending.DISCONNECT}
# These break an answer that has begun, so the request must pass the rules first.
BREAKING = frozenset({"cut", "error_event", "hang", "silence"})
FAULTS = (*_REFUSALS, *_PROXIES, *_ENDINGS, *sorted(BREAKING))


def fault_reply(fault: Fault) -> Reply:
    """Return the answer of a fault that comes before the rules; raise DifyError for a refusal."""
    if fault.kind in _ENDINGS:
        return Reply(200, {}, [], ending=_ENDINGS[fault.kind])
    if fault.kind in _PROXIES:
        status, kind, text = _PROXIES[fault.kind]
        body = (fault.text or text).encode()
        headers = {"content-type": kind, "content-length": str(len(body))} | _retry_header(fault)
        return Reply(fault.status or status, headers, [body])
    status, message = _REFUSALS.get(fault.kind, _REFUSALS["internal_server_error"])
    raise DifyError(fault.status or status, fault.kind, fault.text or message, _retry_header(fault))


def broken_model(fault: Fault) -> DifyError:
    """Return the failure of a model in the middle of its answer.

    Dify turns every failure of a provider into this code, a rate limit included.
    """
    status, message = _REFUSALS["completion_request_error"]
    return DifyError(fault.status or status, "completion_request_error", fault.text or message)


def _retry_header(fault: Fault) -> dict[str, str]:
    """Return when to come back; Dify names no time itself, a gateway in front may."""
    return {} if fault.retry_after is None else {"retry-after": f"{fault.retry_after:g}"}
