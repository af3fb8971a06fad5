"""Requests go where the credentials say, signed in, and nowhere else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from models.endpoints import azure_endpoint, openai_endpoint
from models.endpoints.deadline import Deadline
from models.endpoints.endpoint import Endpoint
from models.errors import Kind, ServiceError

OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


class OneAnswer:
    """A server that gives one answer; `request` is what it was sent."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.request = ""

    @property
    def target(self) -> str:
        return self.request.split()[1]


@contextmanager
def server(answer: str | bytes) -> Iterator[OneAnswer]:
    content = answer.encode() if isinstance(answer, str) else answer
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told = OneAnswer(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                told.request = connection.recv(65536).decode()
                connection.sendall(content)

        thread = Thread(target=serve)
        thread.start()
        yield told
        thread.join(timeout=5)


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
    with server(OK) as told:
        openai_at(told.url).post("/chat/completions", {"a": "é"}, {"X-One": "1"}, Deadline(5.0))
    assert told.target == "/v1/chat/completions"
    assert "authorization: bearer swordfish" in told.request.lower()
    assert "x-one: 1" in told.request.lower()
    assert told.request.endswith('{"a":"é"}')


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/chat/completions", "/openai/deployments/a%2Fb%20c/chat/completions"),
        ("/responses", "/openai/responses"),
    ],
)
def test_a_dated_azure_version_has_the_deployment_in_the_path(path: str, target: str) -> None:
    with server(OK) as told:
        azure_at(told.url, "a/b c").post(path, {}, {}, Deadline(5.0))
    assert told.target == f"{target}?api-version=2025-04-01-preview"
    assert "api-key: swordfish" in told.request.lower()
    assert "authorization" not in told.request.lower()


def test_azure_v1_has_no_version_and_no_deployment_in_the_path() -> None:
    with server(OK) as told:
        azure_at(f"{told.url}/openai/v1", "d").post("/chat/completions", {}, {}, Deadline(5.0))
    assert told.target == "/openai/v1/chat/completions"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int) -> None:
    head = f"HTTP/1.1 {status} Moved\r\nlocation: https://u:p@other.example/v2?key=x\r\n"
    with server(f"{head}content-length: 0\r\n\r\n") as told:
        failure = failure_of(openai_at(told.url))
    assert failure.kind is Kind.BAD_REQUEST
    assert not failure.retryable
    assert str(failure.to_invoke_error("OpenAI")) == (
        f"OpenAI: the service moved to https://other.example/v2 (HTTP {status}). "
        "Enter the address that it moved to as the API base URL."
    )


def test_an_error_page_that_cannot_be_decoded_is_a_failure_like_any_other() -> None:
    head = "HTTP/1.1 503 Busy\r\ncontent-type: text/plain; charset=utf-16\r\ncontent-length: 3\r\n"
    with server(f"{head}\r\n".encode() + b"\xff\xfe\x00") as told:
        failure = failure_of(openai_at(told.url))
    assert failure.kind is Kind.SERVER


def test_a_password_in_the_address_does_not_take_the_keys_place() -> None:
    with server(OK) as told:
        url = told.url.replace("://", "://user:password@")
        openai_at(url).post("/responses", {}, {}, Deadline(5.0))
    assert "authorization: bearer swordfish" in told.request.lower()
