"""Requests go where the credentials say, signed in, and nowhere else."""

import pytest

from models.failures.failure import Kind, ServiceError
from models.service import azure as azure_endpoint
from models.service import openai_endpoint
from models.service.attempts import Deadline
from models.service.endpoint import Endpoint
from tests.unit.answering_server import AnsweringServer, answering, response

OK = response(b"{}")


def target_of(server: AnsweringServer) -> str:
    """Return what the only request asked for."""
    (request,) = server.requests
    return request.split()[1]


def openai_at(url: str) -> Endpoint:
    return openai_endpoint.from_credentials(
        "gpt-4o-mini", {"openai_api_key": "swordfish", "openai_api_base": f"{url}/v1"}
    )


def azure_at(url: str, deployment: str) -> Endpoint:
    credentials = {"openai_api_key": "swordfish", "openai_api_base": url}
    return azure_endpoint.from_credentials(deployment, credentials)


def failure_of(endpoint: Endpoint) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        endpoint.post("/responses", {"stream": False}, {}, Deadline(5.0))
    return raised.value


def test_openai_is_asked_with_a_bearer_key() -> None:
    with answering(OK) as server:
        openai_at(server.url).post("/chat/completions", {"a": "é"}, {"X-One": "1"}, Deadline(5.0))
    assert target_of(server) == "/v1/chat/completions"
    assert "authorization: bearer swordfish" in server.requests[0].lower()
    assert "x-one: 1" in server.requests[0].lower()
    assert server.requests[0].endswith('{"a":"é"}')


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/chat/completions", "/openai/deployments/a%2Fb%20c/chat/completions"),
        ("/responses", "/openai/responses"),
    ],
)
def test_a_dated_azure_version_has_the_deployment_in_the_path(path: str, target: str) -> None:
    with answering(OK) as server:
        azure_at(server.url, "a/b c").post(path, {}, {}, Deadline(5.0))
    assert target_of(server) == f"{target}?api-version=2025-04-01-preview"
    assert "api-key: swordfish" in server.requests[0].lower()
    assert "authorization" not in server.requests[0].lower()


def test_azure_v1_has_no_version_and_no_deployment_in_the_path() -> None:
    with answering(OK) as server:
        azure_at(f"{server.url}/openai/v1", "d").post("/chat/completions", {}, {}, Deadline(5.0))
    assert target_of(server) == "/openai/v1/chat/completions"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int) -> None:
    location = "location: https://u:p@other.example/v2?key=x"
    with answering(response(b"", location, status=f"{status} Moved")) as server:
        failure = failure_of(openai_at(server.url))
    assert failure.kind is Kind.BAD_REQUEST
    assert not failure.retryable
    assert str(failure.to_invoke_error("OpenAI")) == (
        f"OpenAI: the service moved to https://other.example/v2 (HTTP {status}). "
        "Enter the address that it moved to as the API base URL."
    )


def test_an_error_page_that_cannot_be_decoded_is_a_failure_like_any_other() -> None:
    kind = "content-type: text/plain; charset=utf-16"
    with answering(response(b"\xff\xfe\x00", kind, status="503 Busy")) as server:
        failure = failure_of(openai_at(server.url))
    assert failure.kind is Kind.SERVER


def test_a_password_in_the_address_does_not_take_the_keys_place() -> None:
    with answering(OK) as server:
        url = server.url.replace("://", "://user:password@")
        openai_at(url).post("/responses", {}, {}, Deadline(5.0))
    assert "authorization: bearer swordfish" in server.requests[0].lower()
