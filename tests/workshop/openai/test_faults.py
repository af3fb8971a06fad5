"""Faults: each with its status, its words and its effect on the connection."""

import time
from typing import Any

import httpx2
import pytest

from tests.workshop.openai.client import (
    AZURE_ROUTES,
    ROUTES,
    Route,
    ServiceClient,
    body_for,
    error_of,
    events_of,
)

LONG = "one two three four five six"
OPENAI: tuple[Route, ...] = ("chat", "responses")

# fault, routes, status, then what the error has among other things
REFUSALS: list[tuple[str, tuple[Route, ...], int, dict[str, Any]]] = [
    ("rate_limit", OPENAI, 429, {"type": "requests", "code": "rate_limit_exceeded"}),
    ("rate_limit", AZURE_ROUTES, 429, {"code": "429"}),
    ("tokens_too_large", OPENAI, 429, {"type": "tokens", "code": "rate_limit_exceeded"}),
    ("insufficient_quota", OPENAI, 429, {"code": "insufficient_quota"}),
    ("billing_not_active", OPENAI, 429, {"type": "billing_not_active"}),
    ("no_role", AZURE_ROUTES, 401, {"code": "PermissionDenied"}),
    ("server_error", OPENAI, 500, {"type": "server_error", "code": "server_error"}),
    ("server_error", AZURE_ROUTES, 500, {}),
    ("unauthorized", OPENAI, 401, {"code": "invalid_api_key"}),
    ("unauthorized", AZURE_ROUTES, 401, {"code": "401"}),
    ("not_found", ("chat",), 404, {"code": "model_not_found", "param": None}),
    ("not_found", ("responses",), 400, {"code": "model_not_found", "param": "model"}),
    ("not_found", AZURE_ROUTES, 404, {"code": "DeploymentNotFound"}),
    ("content_filter", OPENAI, 400, {"code": "invalid_prompt"}),
    ("content_filter", ("azure-chat",), 400, {"code": "content_filter", "status": 400}),
    ("content_filter", ("azure-responses",), 400, {"type": "invalid_request_error"}),
    ("context_length", ("chat",), 400, {"code": "context_length_exceeded", "param": "messages"}),
    ("context_length", ("responses",), 400, {"code": "context_length_exceeded", "param": "input"}),
]


@pytest.mark.parametrize("route", ROUTES)
def test_a_refusing_fault(client: ServiceClient, route: Route) -> None:
    for fault, routes, status, expected in REFUSALS:
        if route in routes:
            client.account.extend_plan({"fault": fault})
            response = client.generate(route)
            error = error_of(response)
            assert response.status_code == status, fault
            assert {key: error[key] for key in expected} == expected
    assert client.generate(route).status_code == 200


def test_azure_judges_the_prompt_on_chat(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "content_filter"})
    error = error_of(client.generate("azure-chat"))
    assert error["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    assert error["innererror"]["content_filter_result"]["self_harm"]["filtered"] is True


def test_a_rate_limit_says_when_to_come_back(client: ServiceClient) -> None:
    for settings, retry_after, retry_after_ms in (
        ({}, "1", "1000"),
        ({"retry_after": 20}, "20", "20000"),
        ({"retry_after_ms": 20}, "1", "20"),
        ({"retry_after": 0.5, "retry_after_ms": 5}, "0.5", "5"),
    ):
        client.account.extend_plan({"fault": "rate_limit", **settings})
        headers = client.generate("chat").headers
        assert (headers["retry-after"], headers["retry-after-ms"]) == (retry_after, retry_after_ms)
    client.account.extend_plan({"fault": "rate_limit"})
    assert client.generate("azure-chat").headers["retry-after-ms"] == "0"
    for fault in ("tokens_too_large", "insufficient_quota"):  # which no retry mends
        client.account.extend_plan({"fault": fault})
        assert "retry-after" not in client.generate("chat").headers


@pytest.mark.parametrize("route", ROUTES)
def test_what_stands_in_front_answers_for_itself(client: ServiceClient, route: Route) -> None:
    client.account.extend_plan({"fault": "overloaded_text"}, {"fault": "html"})
    response = client.generate(route)
    assert (response.status_code, response.headers["content-type"]) == (503, "text/plain")
    assert response.text.startswith("upstream connect error")
    response = client.generate(route)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_status_and_text_can_be_set(client: ServiceClient) -> None:
    client.account.extend_plan(
        {"fault": "server_error", "status": 502, "text": "Bad gateway."},
        {"fault": "overloaded_text", "status": 504, "text": "late"},
    )
    first = client.generate("chat")
    assert (first.status_code, error_of(first)["message"]) == (502, "Bad gateway.")
    second = client.generate("chat")
    assert (second.status_code, second.text) == (504, "late")


def test_a_refusing_fault_comes_before_the_rules(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "server_error"})
    assert client.generate("chat", unknown=1).status_code == 500
    assert client.generate("chat", unknown=1).status_code == 400


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", ["chat", "responses"])
def test_a_disconnect_sends_nothing(client: ServiceClient, route: Route, stream: bool) -> None:
    client.account.extend_plan({"fault": "disconnect"})
    with pytest.raises(httpx2.RemoteProtocolError, match="without sending a response"):
        client.generate(route, stream=stream)
    entry = client.account.journal()[-1]
    assert (entry["status"], entry["outcome"]) == (None, "disconnect")


def test_a_timeout_lasts_until_the_client_goes(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "timeout"})
    with pytest.raises(httpx2.ReadTimeout):
        client.send("POST", "/v1/responses", json=body_for("responses"), timeout=0.1)
    assert client.account.journal()[-1]["outcome"] == "silence"
    assert client.generate("chat").status_code == 200


@pytest.mark.parametrize("route", ["chat", "responses", "azure-chat"])
def test_a_cut_stream_has_no_end(client: ServiceClient, route: Route) -> None:
    client.account.extend_plan({"fault": "cut", "after": 4})
    content = _read_until_cut(client, route, stream=True)
    assert len(events_of(content)) == 4
    assert b"[DONE]" not in content
    assert b"response.completed" not in content
    assert client.account.journal()[-1]["outcome"] == "cut"


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_a_cut_answer_is_half_an_object(client: ServiceClient, route: Route) -> None:
    client.account.extend_plan({"fault": "cut"})
    assert _read_until_cut(client, route).startswith(b"{")


def _read_until_cut(client: ServiceClient, route: Route, **arguments: Any) -> bytes:
    path = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}.get(
        route, "/openai/v1/chat/completions"
    )
    name = "api-key" if route == "azure-chat" else "authorization"
    key = client.account.key if route == "azure-chat" else f"Bearer {client.account.key}"
    received: list[bytes] = []
    body = body_for(route, **arguments)
    with client.http.stream("POST", path, json=body, headers={name: key}) as response:
        assert response.status_code == 200
        with pytest.raises(httpx2.RemoteProtocolError, match="closed"):
            received.extend(response.iter_raw())
    return b"".join(received)


def test_a_chat_stream_ends_in_an_error_frame(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "error_event", "after": 2, "text": "Overloaded."})
    response = client.generate("chat", stream=True)
    events = events_of(response.content)
    assert len(events) == 3
    assert events[-1]["error"]["message"] == "Overloaded."
    assert b"[DONE]" not in response.content


def test_a_response_stream_ends_in_error_and_failed(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "error_event", "after": 5})
    events = events_of(client.generate("responses", stream=True).content)
    assert [event["type"] for event in events[-2:]] == ["error", "response.failed"]
    assert events[-2]["error"]["code"] == "server_error"
    assert events[-1]["response"]["usage"] is None
    assert [event["sequence_number"] for event in events] == list(range(7))


@pytest.mark.parametrize("route", ["chat", "responses"])
def test_an_error_event_without_a_stream_is_a_500(client: ServiceClient, route: Route) -> None:
    client.account.extend_plan({"fault": "error_event"})
    assert client.generate(route).status_code == 500


@pytest.mark.parametrize("route", ["chat", "responses"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_malformed_answer_is_no_json(client: ServiceClient, route: Route, stream: bool) -> None:
    client.account.extend_plan({"fault": "malformed", "after": 2})
    response = client.generate(route, stream=stream)
    assert response.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated string|Expecting|Invalid control"):
        assert events_of(response.content) if stream else response.json()


def test_a_broken_answer_is_not_stored(client: ServiceClient) -> None:
    client.account.extend_plan({"fault": "cut"}, {"fault": "error_event"})
    _read_until_cut(client, "chat", stream=True, store=True)
    client.generate("chat", stream=True, store=True)
    assert client.get("/v1/chat/completions").json()["data"] == []


def test_a_client_that_left_is_noticed(client: ServiceClient) -> None:
    client.account.extend_plan({"text": LONG, "delay_ms": 20})
    body = body_for("chat", stream=True, store=True)
    headers = {"authorization": f"Bearer {client.account.key}"}
    with client.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
        next(answer.iter_raw())
    for _ in range(50):
        if client.account.journal()[-1]["outcome"] != "pending":
            break
        time.sleep(0.02)
    assert client.account.journal()[-1]["outcome"] == "client_left"
    assert client.get("/v1/chat/completions").json()["data"] == []
