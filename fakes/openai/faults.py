"""Failures on demand: refusals, broken connections, bad bodies."""

from fakes.openai import azure
from fakes.openai.call import Call
from fakes.openai.errors import (
    ServiceError,
    chat_model_not_found,
    invalid_api_key,
    invalid_request,
    responses_model_not_found,
    service_error,
)
from fakes.openai.replies import refusal_reply
from fakes.openai.steps import Fault
from fakes.openai.wire import Ending, Reply

# These break an answer that has begun, so the request must pass the rules first.
BREAKING = frozenset({"cut", "error_event", "malformed"})
_ENDINGS = {"timeout": Ending.SILENCE, "disconnect": Ending.DISCONNECT}
_SIGN_IN = "<html><body><h1>Sign in</h1></body></html>"
_FAILED = "The server failed to answer."


def fault_reply(call: Call, fault: Fault) -> Reply:
    """Return the answer of a fault that needs no rendered answer."""
    if fault.kind in _ENDINGS:
        return Reply(200, {}, [], ending=_ENDINGS[fault.kind])
    refusals = _refusals(call) | (_azure_refusals(call) if call.is_azure else {})
    refusal = refusals.get(fault.kind, refusals["server_error"])
    refusal.status = fault.status or refusal.status
    if fault.text is not None and isinstance(refusal.body, dict):
        refusal.body["error"]["message"] = fault.text
    elif fault.text is not None:
        refusal.body = fault.text
    if fault.retry_after is not None:
        refusal.headers["retry-after"] = f"{fault.retry_after:g}"
        refusal.headers["retry-after-ms"] = f"{fault.retry_after * 1000:.0f}"
    if fault.retry_after_ms is not None:
        refusal.headers["retry-after-ms"] = str(fault.retry_after_ms)
    return refusal_reply(call, refusal)


def _refusals(call: Call) -> dict[str, ServiceError]:
    """Return OpenAI's refusals by their fault, each with its source."""
    responses = call.api == "responses"
    exceeded, quota = "rate_limit_exceeded", "insufficient_quota"
    inactive = "billing_not_active"
    limited = service_error(429, "Too many requests.", "requests", code=exceeded)
    limited.headers = {"retry-after": "1", "retry-after-ms": "1000"}
    return {
        # error-429-rpm
        "rate_limit": limited,
        # error-429-too-large-and-500
        "tokens_too_large": service_error(429, "Request too large.", "tokens", code=exceeded),
        # responses-stream-failed
        "insufficient_quota": service_error(429, "The quota is used up.", quota, code=quota),
        # github.com/lifan0127/ai-research-assistant/issues/174
        "billing_not_active": service_error(429, "Not active.", inactive, code=inactive),
        # error-429-too-large-and-500
        "server_error": service_error(500, _FAILED, "server_error", code="server_error"),
        # error-401-chat
        "unauthorized": invalid_api_key(call.account.key),
        # error-400-responses-model-not-found, error-404-chat
        "not_found": (responses_model_not_found if responses else chat_model_not_found)("gone"),
        # https://github.com/BeehiveInnovations/pal-mcp-server/issues/178
        "content_filter": invalid_request("The prompt was flagged.", code="invalid_prompt"),
        # error-400-context-length
        "context_length": invalid_request(
            "The input exceeds the context window.",
            "input" if responses else "messages",
            "context_length_exceeded",
        ),
        # https://github.com/openai/openai-python/issues/1626
        "overloaded_text": ServiceError(503, "upstream connect error: connection termination"),
        # A captive portal, or a base URL that is a web site.
        "html": ServiceError(200, _SIGN_IN, {"content-type": "text/html; charset=utf-8"}),
    }


def _azure_refusals(call: Call) -> dict[str, ServiceError]:
    """Return what Azure refuses otherwise; the sources stand in `azure`."""
    return {
        "rate_limit": azure.rate_limited(),
        # azure-error-500-models-path
        "server_error": ServiceError(500, {"error": {"message": _FAILED}}),
        "unauthorized": azure.access_denied(),
        "no_role": azure.role_missing(),
        "not_found": azure.deployment_not_found(),
        "content_filter": azure.prompt_filtered(responses=call.api == "responses"),
    }
