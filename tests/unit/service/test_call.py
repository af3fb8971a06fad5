"""Requests go where the credentials say, signed in, and nowhere else; fields go when refused."""

import json
import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from models.failures.failure import Kind, ServiceError
from models.service import leaving_out, refusals
from models.service.attempts import Deadline
from models.service.call import Request, send
from models.service.endpoint import Endpoint
from tests.unit.endpoints import KEY, azure_at, openai_at
from tests.wire.raw_server import CLOSED, RawServer, Received, raw_server, whole

OK = whole(b"{}")
VERSION = "?api-version=2025-04-01-preview"


def sent(endpoint: Endpoint, path: str, body: leaving_out.Body, **headers: str) -> bytes:
    """Send a body, without what is refused, and return the answer's."""
    request = Request(path, "chat", headers, lambda refused: leaving_out.without(body, refused))
    response = send(endpoint, request, Deadline(5.0))
    try:
        return response.read()
    finally:
        response.close()


def failure_of(endpoint: Endpoint, body: leaving_out.Body | None = None) -> ServiceError:
    with pytest.raises(ServiceError) as raised:
        sent(endpoint, "/responses", body or {"stream": False})
    assert raised.value.__cause__ is None
    return raised.value


def only_request(server: RawServer) -> tuple[str, str]:
    """Return what the only request asked for, and its headers in small letters."""
    (request,) = server.received
    return request.path, request.headers.decode().lower()


def test_openai_is_asked_with_a_bearer_key() -> None:
    with raw_server(lambda _: [OK]) as server:
        endpoint = openai_at(base=server.url, extra_headers="X-Two: 2")
        sent(endpoint, "/chat/completions", {"a": "é"}, **{"X-One": "1"})
    path, headers = only_request(server)
    assert path == "/v1/chat/completions"
    for line in (f"authorization: bearer {KEY}", "x-one: 1", "x-two: 2"):
        assert line in headers
    assert server.received[0].body.decode() == '{"a":"é"}'


@pytest.mark.parametrize(
    ("base", "path", "target", "key"),
    [
        ("", "/chat/completions", f"/openai/deployments/d/chat/completions{VERSION}", "api-key: "),
        ("", "/responses", f"/openai/responses{VERSION}", "api-key: "),
        (
            "/openai/v1",
            "/chat/completions",
            "/openai/v1/chat/completions",
            "authorization: bearer ",
        ),
    ],
)
def test_azures_dated_versions_have_the_deployment_in_the_path_and_a_header_of_their_own(
    base: str, path: str, target: str, key: str
) -> None:
    with raw_server(lambda _: [OK]) as server:
        sent(azure_at(server.url.removesuffix("/v1") + base), path, {})
    asked, headers = only_request(server)
    assert asked == target
    assert f"{key}{KEY}" in headers
    assert ("authorization" in headers) != ("api-key" in headers)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a/b", "a%2Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("../x", "..%2Fx"),
        ("%2e", "%252e"),
    ],
)
def test_a_deployments_name_stays_one_part_of_the_path(name: str, path: str) -> None:
    with raw_server(lambda _: [OK]) as server:
        endpoint = replace(azure_at(server.url.removesuffix("/v1")), model=name)
        sent(endpoint, "/chat/completions", {})
    assert only_request(server)[0] == f"/openai/deployments/{path}/chat/completions{VERSION}"


def test_a_password_in_the_address_does_not_take_the_keys_place() -> None:
    with raw_server(lambda _: [OK]) as server:
        base = server.url.replace("://", "://user:password@")
        sent(openai_at(base=base), "/responses", {})
    assert f"authorization: bearer {KEY}" in only_request(server)[1]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int) -> None:
    location = b"location: https://u:p@other.example/v2?key=x\r\n"
    moved = whole(b"", status=f"{status} Moved", headers=location)
    with raw_server(lambda _: [moved]) as server:
        failure = failure_of(openai_at(base=server.url))
    assert failure.kind is Kind.BAD_REQUEST
    assert not failure.retryable
    assert str(failure.to_invoke_error("OpenAI")) == (
        f"OpenAI: the service moved to https://other.example/v2 (HTTP {status}). "
        "Enter the address that it moved to as the API base URL."
    )


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        ([CLOSED], Kind.CONNECTION, "no connection to http://127.0.0.1"),
        ([b"HTTP/1.1 no\r\n\r\n", CLOSED], Kind.CONNECTION, "no connection to http://127.0.0.1"),
        (
            [whole(b"broken", status="500 No", headers=b"Content-Encoding: gzip\r\n")],
            Kind.SERVER,
            "cannot be decoded",
        ),
        ([whole(b"busy", status="503 Busy")], Kind.SERVER, "busy"),
    ],
)
def test_what_is_no_answer_is_a_failure(
    answer: Sequence[bytes | float], kind: Kind, said: str
) -> None:
    with raw_server(lambda _: answer) as server:
        failure = failure_of(openai_at(base=server.url))
    assert failure.kind is kind
    assert said in failure.said.message


def test_a_port_where_nobody_listens_may_be_tried_again() -> None:
    failure = failure_of(openai_at(base="http://127.0.0.1:9"))
    assert (failure.kind, failure.retryable) == (Kind.CONNECTION, True)


def refusing(*fields: str, status: str = "400 Bad") -> RawServer:
    """Return what answers like a server that names the first of these fields that it finds."""

    def answer(request: Received) -> Sequence[bytes]:
        body = json.loads(request.body)
        field = next((field for field in fields if field in body), None)
        if field is None:
            return [OK]
        error = {"message": f"Unknown parameter: '{field}'.", "param": field}
        error["code"] = "unknown_parameter"
        return [whole(json.dumps({"error": error}).encode(), status=status)]

    return RawServer(answer)


def bodies(server: RawServer) -> list[leaving_out.Body]:
    return [json.loads(request.body) for request in server.received]


def test_a_refused_field_costs_one_more_request_once(caplog: pytest.LogCaptureFixture) -> None:
    body: leaving_out.Body = {"model": "m", "user": "u", "service_tier": "flex", "n": 1}
    with raw_server(refusing("user", "service_tier").answer) as server:
        endpoint = openai_at(base=server.url)
        with caplog.at_level(logging.WARNING, "models"):
            assert sent(endpoint, "/chat/completions", body) == b"{}"
            assert len(server.received) == 3
            sent(endpoint, "/chat/completions", body)
    assert bodies(server)[2:] == [{"model": "m", "n": 1}] * 2
    assert body == {"model": "m", "user": "u", "service_tier": "flex", "n": 1}
    assert [record.getMessage().split(";")[0] for record in caplog.records] == [
        f"OpenAI: 'gpt-4o-mini' refuses `{field}` on chat" for field in ("service_tier", "user")
    ]


def test_a_refusal_is_not_remembered_where_the_call_fails_without_the_field() -> None:
    with raw_server(refusing("user", "n").answer) as server:
        endpoint = openai_at(base=server.url)
        for _ in range(2):
            failure = failure_of(endpoint, {"user": "u", "n": 1})
            assert failure.said.param == "n"
    assert ["user" in body for body in bodies(server)] == [True, False] * 2
    assert refusals.refused_by(endpoint, "chat") == refusals.NOTHING


def test_a_field_that_is_named_again_ends_the_call() -> None:
    error = b'{"error": {"message": "no", "param": "user", "code": "unknown_parameter"}}'
    with raw_server(lambda _: [whole(error, status="400 Bad")]) as server:
        failure_of(openai_at(base=server.url), {"user": "u"})
    assert len(server.received) == 2
