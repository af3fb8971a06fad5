"""An error's status, headers and body become one sentence in the service's own words."""

import json

import httpx2
import pytest

from models.failures.failure import Kind, ServiceError
from models.failures.reading import from_error_body, from_response


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


@pytest.mark.parametrize("body", [None, {}, [], "text", {"message": ""}])
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


def test_a_filtered_prompt_names_the_categories() -> None:
    results = {"hate": {"filtered": True, "severity": "high"}, "jailbreak": {"filtered": True}}
    inner = {"content_filter_result": {**results, "sexual": {"filtered": False}}}
    body = {"error": {"message": "No.", "code": "content_filter", "innererror": inner}}
    failure = failure_of(400, {}, json.dumps(body).encode())
    assert failure.said.message == "No. Filtered: hate (high), jailbreak (detected)."
