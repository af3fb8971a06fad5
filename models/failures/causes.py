"""Why a call failed, in one name for what services call differently: money, a role, a limit, time.

A cause decides the class that Dify is told, the way out, and whether waiting helps.
"""

import re
from collections.abc import Mapping

from models.failures.failure import Kind, Said
from models.failures.words import has_advice

# No pause mends these: the account is out of money, or the request alone is over the limit.
HOPELESS = frozenset({"insufficient_quota", "billing_not_active", "quota_used_up", "too_large"})

# Of the model alone: whoever says so has accepted the key.
OF_THE_MODEL = frozenset({"model_not_found", "model_not_allowed"})

# What services call the same thing.
_SAME: Mapping[str, str] = {
    # OpenAI's; no report at hand.
    "billing_hard_limit_reached": "insufficient_quota",
    # MoonshotAI/kimi-code#1857; popjane/free_chatgpt_api#78 and MAX-API-Next/MAX-API#20 (new-api).
    "exceeded_current_quota_error": "insufficient_quota",
    "insufficient_user_quota": "insufficient_quota",
    "pre_consume_token_quota_failed": "insufficient_quota",
    # OpenRouter's of a 402. The others, of DashScope, LiteLLM and gateways, have no report at hand.
    "payment_required": "insufficient_quota",
    "Arrearage": "insufficient_quota",
    "budget_exceeded": "insufficient_quota",
    "insufficient_balance": "insufficient_quota",
    "insufficient_credits": "insufficient_quota",
    # Azure's gateway; no report at hand.
    "QuotaExceeded": "quota_used_up",
    # microsoft/semantic-kernel#10020; Azure Resource Manager's common deployment errors.
    "PermissionDenied": "no_role",
    "AuthorizationFailed": "no_role",
    # llama.cpp: ggml-org/llama.cpp#16109.
    "exceed_context_size_error": "context_length_exceeded",
    "ContextWindowExceededError": "context_length_exceeded",
}
_KIND: Mapping[str, Kind] = {
    "invalid_api_key": Kind.AUTHORIZATION,
    "account_deactivated": Kind.AUTHORIZATION,
    "missing_scope": Kind.AUTHORIZATION,
    "no_role": Kind.AUTHORIZATION,
    "insufficient_quota": Kind.RATE_LIMIT,
    "billing_not_active": Kind.RATE_LIMIT,
    "quota_used_up": Kind.RATE_LIMIT,
    "too_large": Kind.RATE_LIMIT,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "RateLimitReached": Kind.RATE_LIMIT,
    "context_length_exceeded": Kind.BAD_REQUEST,
    "server_error": Kind.SERVER,
    "internal_error": Kind.SERVER,
    "service_unavailable": Kind.SERVER,
    "vector_store_timeout": Kind.SERVER,
}
# What a message begins with, where its code says nothing or something else.
_WORDS = tuple(
    (re.compile(words, re.IGNORECASE | re.DOTALL), cause)
    for words, cause in (
        # The service gives it the code of a limit that time would mend.
        (r"Request too large", "too_large"),
        # Of a reasoning model that used it up before it said anything: BerriAI/litellm#23836.
        (r".{0,200}Could not finish the message because max_tokens", "too_few_tokens"),
        # Without a code from resellers; Gemini says the same of a minute's limit, with a time.
        (
            r"You exceeded your current quota, please check your plan and billing(?!.*retry in)",
            "insufficient_quota",
        ),
        (r"Billing hard limit has been reached", "insufficient_quota"),
        (r"Your account is not active, please check your billing", "billing_not_active"),
        # OpenRouter (openrouter.ai/docs/errors), DeepSeek.
        (r"Insufficient (account )?(credits?|balance|funds)\b", "insufficient_quota"),
        (r"This request requires more credits", "insufficient_quota"),
        # Azure's gateway: MicrosoftDocs/azure-docs#16282.
        (r"Out of (call volume|bandwidth) quota", "quota_used_up"),
        # Microsoft Learn, role-based access control for Azure OpenAI.
        (r"(The )?principal\b.{0,200}(does not have access|lacks the required data)", "no_role"),
        # Of a restricted key, with the status of a wrong one: openclaw/openclaw#56658.
        (
            r"You have insufficient permissions for this operation\. Missing scopes:",
            "missing_scope",
        ),
        # Ollama and vLLM, whose codes say less: netease-youdao/QAnything#555, THUDM/LongBench#102.
        (r"(The )?model ['\"`].{1,200}['\"`] (not found|does not exist)", "model_not_found"),
        # A token of another cloud or scope.
        (r"Unauthorized\. Access token is missing, invalid, audience is incorrect", "bad_token"),
    )
)
_PAYMENT_REQUIRED = 402
_FORBIDDEN = 403
_FIRST_SERVER_STATUS = 500
_KIND_BY_STATUS: Mapping[int, Kind] = {
    401: Kind.AUTHORIZATION,
    402: Kind.RATE_LIMIT,
    403: Kind.AUTHORIZATION,
    408: Kind.SERVER,
    409: Kind.SERVER,
    425: Kind.SERVER,
    429: Kind.RATE_LIMIT,
}
_STATUS = re.compile(r"[45][0-9]{2}")
# The status that a name stands for where none was sent: inside a stream, in an answer of 200.
_STATUS_BY_NAME: Mapping[str, int] = {
    # vLLM's and LiteLLM's classes, Anthropic's types, Google's and llama.cpp's.
    **dict.fromkeys(("AuthenticationError", "authentication_error", "UNAUTHENTICATED"), 401),
    **dict.fromkeys(("PermissionDeniedError", "permission_error", "PERMISSION_DENIED"), 403),
    **dict.fromkeys(
        ("RateLimitError", "rate_limit_error", "too_many_requests", "TooManyRequests"), 429
    ),
    "RESOURCE_EXHAUSTED": 429,
    **dict.fromkeys(("InternalServerError", "internal_server_error", "api_error", "INTERNAL"), 500),
    **dict.fromkeys(("upstream_error", "bad_gateway"), 502),
    **dict.fromkeys(("overloaded_error", "server_is_overloaded", "slow_down", "UNAVAILABLE"), 503),
    **dict.fromkeys(("ServiceUnavailableError", "unavailable_error", "ServiceUnavailable"), 503),
    **dict.fromkeys(("timeout", "timeout_error", "gateway_timeout"), 504),
}


def cause_of(said: Said, status: int | None) -> str | None:
    """Return the name of why a call failed, None where only its status tells."""
    cause = _cause_said(said)
    if cause == "model_not_found" and status == _FORBIDDEN:
        # Of a project that may not use it: cursor/cursor#2953.
        return "model_not_allowed"
    return cause or ("insufficient_quota" if status == _PAYMENT_REQUIRED else None)


def _cause_said(said: Said) -> str | None:
    for words, cause in _WORDS:
        if words.match(said.message):
            return cause
    for name in (said.code, said.type):
        cause = _SAME.get(name or "", name or "")
        if cause in _KIND or has_advice(cause):
            return cause
    return None


def status_in(said: Said) -> int | None:
    """Return the HTTP status that an error's own code or type stands for, None for neither."""
    for name in (said.code, said.type):
        if name is None:
            continue
        if _STATUS.fullmatch(name):
            return int(name)
        if name in _STATUS_BY_NAME:
            return _STATUS_BY_NAME[name]
    return None


def kind_of(cause: str | None, status: int | None) -> Kind:
    """Return the class of a failure."""
    if cause is not None and cause in _KIND:
        return _KIND[cause]
    if status is None:
        return Kind.BAD_REQUEST
    if status >= _FIRST_SERVER_STATUS:
        return Kind.SERVER
    return _KIND_BY_STATUS.get(status, Kind.BAD_REQUEST)


def can_mend(kind: Kind, cause: str | None) -> bool:
    """Return whether the same request may succeed later."""
    return kind in {Kind.RATE_LIMIT, Kind.SERVER} and cause not in HOPELESS
