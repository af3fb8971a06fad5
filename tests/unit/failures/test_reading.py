"""An error's status, headers and body become one sentence in the service's own words."""

import json

import httpx2
import pytest
from pydantic import JsonValue

from models.failures.failure import Kind, ServiceError
from models.failures.reading import from_error_body, from_response

BAD = (Kind.BAD_REQUEST, False)


def failure_of(status: int, headers: dict[str, str], body: bytes) -> ServiceError:
    """Translate a response that was read whole."""
    request = httpx2.Request("POST", "https://host.example/v1/responses?api-version=x")
    response = httpx2.Response(status, headers=headers, content=body, request=request)
    return from_response(response)


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after-ms": "1500", "retry-after": "1"}, 1.5),
        ({"retry-after-ms": "0", "retry-after": "1"}, 1.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
    ],
)
def test_the_pause_is_the_longer_of_both_headers(
    headers: dict[str, str], pause: float | None
) -> None:
    assert failure_of(429, headers, b"{}").retry_after == pause


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("text/plain", b"upstream connect error", "upstream connect error"),
        ("text/html", b"<html>gateway</html>", "the answer was not JSON but text/html"),
        ("", b"", "the answer was not JSON but nothing"),
        ("application/json", b'{"detail": "Not Found"}', "Not Found"),
        ("application/json", b'{"error": "model missing"}', "model missing"),
        ("application/json", b'{"error": {"code": "404", "message": "Gone"}}', "Gone"),
        ("application/json", b'{"error": {"details": "why"}}', "why"),
    ],
)
def test_an_error_body_of_any_form_is_read(content_type: str, body: bytes, message: str) -> None:
    headers = {"content-type": content_type} if content_type else {}
    assert failure_of(503, headers, body).said.message == message


def test_the_sentence_has_service_words_facts_and_a_way_out() -> None:
    body = b'{"error": {"message": "Too fast.", "code": "rate_limit_exceeded"}}'
    error = failure_of(429, {"x-request-id": "req_1"}, body).to_invoke_error("OpenAI")
    assert str(error) == (
        "OpenAI: Too fast. (HTTP 429, rate_limit_exceeded, request id req_1). "
        "Wait, or ask for a higher rate limit."
    )


@pytest.mark.parametrize("body", [None, {}, [], " ", {"message": ""}])
def test_a_failure_without_a_reason_says_that(body: object) -> None:
    assert "gave no reason" in from_error_body(body).said.message


def test_a_list_of_faults_is_told_without_the_input() -> None:
    fault = {
        "type": "missing",
        "loc": ["body", "model"],
        "msg": "Field required",
        "input": "PROMPT",
    }
    error = str(failure_of(422, {}, json.dumps({"detail": [fault]}).encode()).to_invoke_error("X"))
    assert "body.model: Field required" in error
    assert "PROMPT" not in error


@pytest.mark.parametrize(
    ("status", "code", "kind", "retryable"),
    [
        (401, None, Kind.AUTHORIZATION, False),
        (400, "invalid_api_key", Kind.AUTHORIZATION, False),
        (429, None, Kind.RATE_LIMIT, True),
        (429, "insufficient_quota", Kind.RATE_LIMIT, False),
        (409, None, Kind.SERVER, True),
        (503, None, Kind.SERVER, True),
        (400, None, Kind.BAD_REQUEST, False),
        (418, 400, Kind.BAD_REQUEST, False),
    ],
)
def test_the_kind_says_what_dify_does_and_whether_waiting_may_help(
    status: int, code: str | int | None, kind: Kind, retryable: bool
) -> None:
    failure = failure_of(status, {}, json.dumps({"error": {"message": "x", "code": code}}).encode())
    assert (failure.kind, failure.retryable) == (kind, retryable)


def test_a_request_that_is_over_the_limit_by_itself_is_not_tried_again() -> None:
    body = b'{"error": {"message": "Request too large for gpt-5", "code": "rate_limit_exceeded"}}'
    failure = failure_of(429, {}, body)
    assert not failure.retryable
    assert failure.advice.startswith("Shorten the conversation")


LISTED: JsonValue = [{"id": "our-words", "filtered": True}, {"id": "others", "filtered": False}]


@pytest.mark.parametrize(
    ("results", "named"),
    [
        (
            {
                "hate": {"filtered": True, "severity": "high"},
                "jailbreak": {"filtered": True, "detected": True},
                "protected_material_text": {"filtered": True},
                "sexual": {"filtered": False},
            },
            "hate (high), jailbreak (detected), protected_material_text (detected)",
        ),
        # Azure/azure-sdk-for-go#22847: the same field in two shapes.
        ({"custom_blocklists": LISTED}, "custom_blocklists (our-words)"),
        (
            {"custom_blocklists": {"filtered": True, "details": LISTED}},
            "custom_blocklists (our-words)",
        ),
        (
            {"custom_topics": {"filtered": True, "details": [{"id": "bets", "detected": True}]}},
            "custom_topics (bets)",
        ),
        ({"custom_blocklists": {"filtered": True}}, "custom_blocklists (detected)"),
        ({"custom_blocklists": {"filtered": True, "details": []}}, "custom_blocklists (detected)"),
    ],
)
def test_a_filtered_prompt_names_the_categories_and_lists(results: JsonValue, named: str) -> None:
    for where in (
        {"innererror": {"content_filter_result": results}},
        {"innererror": {"content_filter_results": results}},
        {"content_filters": [{"blocked": True, "content_filter_results": results}]},
    ):
        body = {"error": {"message": "No.", "code": "content_filter", **where}}
        whole, streamed = failure_of(400, {}, json.dumps(body).encode()), from_error_body(body)
        assert whole.said.message == streamed.said.message == f"No. Filtered: {named}."


# kind: money that is missing, however a service says so (no pause mends it)
MONEY: dict[str, tuple[int, JsonValue, str]] = {
    "openai": (429, {"code": "insufficient_quota"}, "Add credit"),
    "openai-limit": (400, {"code": "billing_hard_limit_reached"}, "Add credit"),
    "openai-inactive": (
        429,
        {"code": "billing_not_active", "type": "billing_not_active"},
        "Activate the account's billing",
    ),
    "openai-words": (
        429,
        {"message": "You exceeded your current quota, please check your plan and billing details."},
        "Add credit",
    ),
    # openrouter.ai/docs/errors; DeepSeek has the same status.
    "openrouter": (402, {"code": 402, "message": "This request requires more credits"}, "Add"),
    "deepseek": (402, {"message": "Insufficient Balance", "code": "invalid_request_error"}, "Add"),
    "moonshot": (429, {"type": "exceeded_current_quota_error"}, "Add credit"),
    "new-api": (403, {"code": "insufficient_user_quota", "type": "new_api_error"}, "Add credit"),
    "dashscope": (400, {"code": "Arrearage"}, "Add credit"),
    "azure": (
        403,
        {"code": "403", "message": "Out of call volume quota. Quota will be replenished soon."},
        "Raise the quota",
    ),
}
# what looks like it and passes with time
PASSING: dict[str, JsonValue] = {
    "azure": {"code": "429", "message": "have exceeded token rate limit of your current S0 tier."},
    "gemini": {
        "code": 429,
        "message": "You exceeded your current quota, please check your plan and billing details. "
        "Quota exceeded for metric: x, limit: 15.\nPlease retry in 39.5s.",
    },
}


@pytest.mark.parametrize("name", MONEY)
def test_missing_money_is_told_and_not_waited_for(name: str) -> None:
    status, error, advice = MONEY[name]
    assert isinstance(error, dict)
    body = {"error": {"message": "No.", **error}}
    whole, streamed = failure_of(status, {}, json.dumps(body).encode()), from_error_body(body)
    for failure in (whole, streamed):
        assert (failure.kind, failure.retryable) == (Kind.RATE_LIMIT, False)
        assert failure.advice.startswith(advice)
        assert failure.advice.endswith("retrying does not help.")


@pytest.mark.parametrize("name", PASSING)
def test_a_limit_that_passes_is_waited_for(name: str) -> None:
    body = {"error": PASSING[name]}
    for failure in (failure_of(429, {}, json.dumps(body).encode()), from_error_body(body)):
        assert (failure.kind, failure.retryable) == (Kind.RATE_LIMIT, True)
        assert failure.advice.startswith("Wait")


@pytest.mark.parametrize(
    ("status", "code", "message", "advice"),
    [
        (401, "PermissionDenied", "Principal does not have access to API/Operation.", "role"),
        (403, "AuthorizationFailed", "The client does not have authorization.", "role"),
        (
            401,
            "401",
            "The principal `abc` lacks the required data action `Microsoft.CognitiveServices/x`.",
            "role",
        ),
        (403, "AuthenticationTypeDisabled", "Key based authentication is disabled.", "Entra ID"),
        (
            401,
            "401",
            "Unauthorized. Access token is missing, invalid, audience is incorrect, or expired.",
            "token scope",
        ),
    ],
)
def test_azures_refusal_of_an_identity_says_what_it_lacks(
    status: int, code: str, message: str, advice: str
) -> None:
    body = {"error": {"code": code, "message": message}}
    failure = failure_of(status, {}, json.dumps(body).encode())
    assert (failure.kind, failure.retryable) == (Kind.AUTHORIZATION, False)
    assert advice in failure.advice
    if advice == "role":
        assert "Cognitive Services OpenAI User" in failure.advice
        assert "API key" not in failure.advice


# kind: an error inside an answer of 200, where only the error itself tells what it is
INSIDE: list[tuple[JsonValue, Kind, bool]] = [
    ({"code": 429, "message": "slow down"}, Kind.RATE_LIMIT, True),
    ({"code": "429", "message": "slow down"}, Kind.RATE_LIMIT, True),
    ({"code": "rate_limit_exceeded", "message": "x"}, Kind.RATE_LIMIT, True),
    ({"type": "rate_limit_error", "message": "x"}, Kind.RATE_LIMIT, True),
    ({"code": 502, "message": "Provider returned error"}, Kind.SERVER, True),
    ({"code": 503, "message": "busy", "type": "unavailable_error"}, Kind.SERVER, True),
    ({"type": "overloaded_error", "message": "Overloaded"}, Kind.SERVER, True),
    ({"type": "InternalServerError", "message": "x", "param": None}, Kind.SERVER, True),
    ({"message": "busy", "status": 503}, Kind.SERVER, True),
    ({"code": "server_error", "message": "x"}, Kind.SERVER, True),
    ({"code": 401, "message": "x"}, Kind.AUTHORIZATION, False),
    ({"type": "authentication_error", "message": "x"}, Kind.AUTHORIZATION, False),
    ({"code": "invalid_api_key", "message": "x"}, Kind.AUTHORIZATION, False),
    ({"code": 400, "message": "too long", "type": "exceed_context_size_error"}, *BAD),
    ({"code": "context_length_exceeded", "message": "x"}, *BAD),
    ({"code": "invalid_prompt", "message": "x"}, *BAD),
    ({"code": "4290", "message": "x"}, *BAD),
    ("upstream is away", *BAD),
]


@pytest.mark.parametrize(("error", "kind", "retryable"), INSIDE)
def test_an_error_inside_an_answer_has_the_class_that_it_says(
    error: JsonValue, kind: Kind, retryable: bool
) -> None:
    for body in (error, {"error": error}):
        failure = from_error_body(body)
        assert (failure.kind, failure.retryable, failure.begun) == (kind, retryable, True)
        said = error if isinstance(error, str) else error["message"]  # type: ignore[index, call-overload]
        assert failure.said.message == said


@pytest.mark.parametrize(
    ("status", "code", "header", "retryable"),
    [
        (429, None, "false", False),
        (503, None, "False", False),
        (400, None, "true", True),
        (409, None, "maybe", True),
        (401, None, "", False),
    ],
)
def test_the_services_own_word_on_trying_again_counts(
    status: int, code: str | None, header: str, retryable: bool
) -> None:
    body = json.dumps({"error": {"message": "x", "code": code}}).encode()
    assert failure_of(status, {"x-should-retry": header}, body).retryable is retryable
