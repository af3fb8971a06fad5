"""Recorded errors of both services become the right class, with the service's own words."""

import base64
import json
from pathlib import Path

import httpx2
import pytest
from dify_plugin.errors.model import (
    InvokeAuthorizationError,
    InvokeBadRequestError,
    InvokeError,
    InvokeRateLimitError,
    InvokeServerUnavailableError,
)

from models.error_reports import from_error_body, from_response, secrets_in
from models.errors import ServiceError

RECORDINGS = Path(__file__).parents[1] / "recordings"


def failure_of(status: int, headers: dict[str, str], body: bytes) -> ServiceError:
    """Translate a response that was read whole."""
    request = httpx2.Request("POST", "https://host.example/v1/responses?api-version=x")
    response = httpx2.Response(status, headers=headers, content=body, request=request)
    return from_response(response)


def recorded_failure(name: str, exchange: int = 0) -> ServiceError:
    recording = json.loads((RECORDINGS / f"{name}.json").read_text(encoding="utf-8"))
    response = recording["exchange"][exchange]["response"]
    body = response.get("body")
    if "body_base64" in response:
        content = base64.b64decode(response["body_base64"])
    else:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
    return failure_of(response["status"], response["headers"], content)


# recording, exchange, class, retryable, words of the service
RECORDED: list[tuple[str, int, type[InvokeError], bool, str]] = [
    ("error-401-chat", 0, InvokeAuthorizationError, False, "Incorrect API key provided"),
    ("error-404-chat", 0, InvokeBadRequestError, False, "does not exist"),
    ("error-429-rpm", 0, InvokeRateLimitError, True, "Rate limit reached"),
    ("error-429-too-large-and-500", 0, InvokeRateLimitError, False, "Request too large"),
    ("error-429-too-large-and-500", 1, InvokeServerUnavailableError, True, "An error occurred"),
    ("error-400-context-length", 0, InvokeBadRequestError, False, "exceeds the context window"),
    ("error-400-max-tokens", 0, InvokeBadRequestError, False, "max_completion_tokens"),
    ("error-400-responses-model-not-found", 0, InvokeBadRequestError, False, "model"),
    ("error-400-image-url", 0, InvokeBadRequestError, False, "image"),
    ("error-400-tool-schema", 0, InvokeBadRequestError, False, "Invalid schema"),
    ("azure-embeddings-then-401", 1, InvokeAuthorizationError, False, "Access denied"),
    ("azure-error-deployment-not-found", 0, InvokeBadRequestError, False, "deployment"),
    ("azure-error-resource-not-found", 0, InvokeBadRequestError, False, "Resource not found"),
    ("azure-error-content-filter-chat", 0, InvokeBadRequestError, False, "content management"),
    ("azure-error-content-filter-responses", 0, InvokeBadRequestError, False, "content"),
    ("azure-error-413-models-path", 0, InvokeBadRequestError, False, ""),
    ("azure-error-500-models-path", 0, InvokeServerUnavailableError, True, ""),
]


@pytest.mark.parametrize(
    ("name", "exchange", "error_class", "retryable", "words"),
    RECORDED,
    ids=[f"{row[0]}-{row[1]}" for row in RECORDED],
)
def test_a_recorded_error_is_understood(
    name: str, exchange: int, error_class: type[InvokeError], retryable: bool, words: str
) -> None:
    failure = recorded_failure(name, exchange)
    error = failure.to_invoke_error("Azure OpenAI")
    assert type(error) is error_class
    assert failure.retryable is retryable
    assert words in str(error)
    assert "{" not in str(error)
    assert f"HTTP {failure.status}" in str(error)


def test_a_recorded_pause_is_read() -> None:
    assert recorded_failure("error-429-rpm").retry_after == 20.0


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


KEY = "a-key-without-any-known-form"


@pytest.mark.parametrize("field", ["message", "code", "type"])
def test_the_requests_own_key_is_in_no_part_of_an_error(field: str) -> None:
    body = {"error": {"message": "No.", field: f"{'x' * 790} {KEY}"}}
    request = httpx2.Request("POST", "https://host.example", headers={"api-key": KEY})
    failure = from_response(httpx2.Response(400, json=body, request=request))
    assert "a-key" not in str(failure.to_invoke_error("Azure OpenAI"))


def test_an_error_inside_a_stream_does_not_show_the_key_either() -> None:
    failure = from_error_body({"message": f"Bad {KEY}", "code": KEY})
    secrets = secrets_in({"authorization": f"Bearer {KEY}"})
    assert KEY not in str(failure.to_invoke_error("OpenAI", secrets))


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
