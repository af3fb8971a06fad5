"""What Dify is to be told of every fault of the local service, and how often it is asked: data.

Dify rests a load-balanced credential for 60 s after a rate limit, for 10 s after a failed sign-in
or connection, and not at all after the rest; `requests` are what may be billed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BAD_REQUEST, UNAVAILABLE = "InvokeBadRequestError", "InvokeServerUnavailableError"
RATE_LIMIT, NOT_SIGNED_IN = "InvokeRateLimitError", "InvokeAuthorizationError"
NO_CONNECTION = "InvokeConnectionError"


@dataclass(frozen=True, slots=True)
class Expected:
    """An outcome: Dify's class, "" for an answer; the requests that were made; why it is right.

    It holds for calls of the `mode` ("stream" or "whole"), the `types` and the services that it
    names, and for all where it names none; of several the first one that fits.
    """

    error: str
    requests: int
    why: str
    mode: str = ""
    types: Sequence[str] = ()
    services: str = ""


_TOLD = "Dify has got a part of the answer, so it is not asked for again"
EXPECTED: Mapping[str, Sequence[Expected]] = {
    "rate_limit": [Expected(RATE_LIMIT, 3, "waiting may help")],
    "tokens_too_large": [Expected(RATE_LIMIT, 1, "no waiting makes the request smaller")],
    "insufficient_quota": [Expected(RATE_LIMIT, 1, "another credential may have credit")],
    "billing_not_active": [Expected(RATE_LIMIT, 1, "another credential may be active")],
    "no_role": [Expected(NOT_SIGNED_IN, 1, "the identity lacks a role", services="azure")],
    "server_error": [Expected(UNAVAILABLE, 3, "waiting may help")],
    "overloaded_text": [Expected(UNAVAILABLE, 3, "waiting may help")],
    "unauthorized": [Expected(NOT_SIGNED_IN, 1, "the key stays wrong")],
    "not_found": [Expected(BAD_REQUEST, 1, "the name stays wrong")],
    "content_filter": [Expected(BAD_REQUEST, 1, "the prompt stays the same")],
    "context_length": [Expected(BAD_REQUEST, 1, "the prompt stays as long")],
    "timeout": [Expected(UNAVAILABLE, 1, "the limit for one call is used up")],
    "disconnect": [Expected(NO_CONNECTION, 3, "nothing of an answer came")],
    "html": [Expected(UNAVAILABLE, 1, "the address is that of something else")],
    "malformed": [
        Expected(UNAVAILABLE, 1, _TOLD, mode="stream"),
        Expected("", 1, "sound is handed on as it comes", types=("tts",)),
        Expected(UNAVAILABLE, 1, "what answers like this does so again"),
    ],
    "error_event": [
        Expected(UNAVAILABLE, 1, _TOLD, mode="stream"),
        Expected(UNAVAILABLE, 3, "waiting may help", types=("llm",)),
    ],
    "cut": [
        Expected(NO_CONNECTION, 1, _TOLD, mode="stream"),
        Expected(NO_CONNECTION, 1, "the body had begun, so it may be billed"),
    ],
}
