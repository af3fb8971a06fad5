"""Accounts that stand for compatible servers: what they refuse as data, and what they ignore."""

from typing import Any

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, error_of, events_of
from tests.workshop.openai.conftest import ClientFactory

DETAIL: JsonObject = {"detail": "{field} of {model}: {value}"}


def test_a_refused_argument_is_named(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(refusals=[{"field": "metadata"}, {"field": "store"}])
    rows: list[tuple[Route, str]]
    rows = [("chat", "metadata"), ("responses", "store"), ("azure-chat", "store")]
    for route, sent in rows:
        response = client.generate(route, **{sent: None})
        assert response.status_code == 400
        assert error_of(response)["param"] == sent
        assert error_of(response)["message"].endswith(f"supplied: {sent}")
    assert client.generate("chat").status_code == 200


def test_a_refusal_has_its_own_status_and_body(new_client: ClientFactory) -> None:
    refusal = {"field": "tools.function.strict", "status": 422, "body": DETAIL, "apis": ["chat"]}
    client: ServiceClient = new_client(refusals=[refusal])
    loose = {"type": "function", "function": {"name": "f"}}
    strict = {"type": "function", "function": {"name": "g", "strict": False}}
    assert client.generate("chat", tools=[loose]).status_code == 200
    response = client.generate("chat", tools=[loose, strict])
    assert response.status_code == 422
    assert response.json() == {"detail": "tools.function.strict of gpt-4o-mini: false"}
    elsewhere: ServiceClient = new_client(refusals=[{"field": "input", "apis": ["embeddings"]}])
    assert elsewhere.generate("responses").status_code == 200
    embed = {"model": "text-embedding-3-small", "input": "a"}
    refused = elsewhere.send("POST", "/v1/embeddings", json=embed)
    assert (refused.status_code, error_of(refused)["param"]) == (400, "input")


FORBIDDEN: JsonObject = {"loc": ["body", "{field}"], "input": "{value}"}


@pytest.mark.parametrize(
    ("told", "body"),
    [
        ({"body": {"m": "no {field}"}}, {"m": "no store"}),
        ({"body": {"m": "{each}"}, "each": "no {field}"}, {"m": "no store\nno user"}),
        (
            {"body": {"m": "[{each}]"}, "each": "'{field}': {repr}", "between": ", "},
            {"m": "['store': True, 'user': 'me']"},
        ),
        (
            {"body": {"m": {"detail": "{each}"}}, "each": FORBIDDEN},
            {
                "m": {
                    "detail": [
                        {"loc": ["body", "store"], "input": "true"},
                        {"loc": ["body", "user"], "input": "me"},
                    ]
                }
            },
        ),
    ],
    ids=["the first", "a line each", "in one sentence", "a list"],
)
def test_several_refused_arguments_are_told_as_the_server_does(
    new_client: ClientFactory, told: JsonObject, body: JsonObject
) -> None:
    client: ServiceClient = new_client(refusals=[{"field": ["store", "seed", "user"], **told}])
    response = client.generate("chat", store=True, user="me")
    assert (response.status_code, response.json()) == (400, body)
    assert client.generate("chat", n=1).status_code == 200


@pytest.mark.parametrize(
    ("refusal", "refused", "accepted"),
    [
        (
            {"field": "response_format.type", "value": "json_schema"},
            {"response_format": {"type": "json_schema", "json_schema": {"name": "s"}}},
            {"response_format": {"type": "text"}},
        ),
        ({"field": "n", "unless": 1}, {"n": 2}, {"n": 1}),
        ({"field": "stream", "unless": True}, {}, {"stream": True}),
        ({"field": "stream", "value": True}, {"stream": True}, {"stream": False}),
        ({"field": "seed", "value": None}, {"seed": None}, {"seed": 1}),
    ],
    ids=["value", "unless", "only streams", "never streams", "null"],
)
def test_a_refusal_may_be_of_a_value(
    new_client: ClientFactory, refusal: JsonObject, refused: dict[str, Any], accepted: JsonObject
) -> None:
    client: ServiceClient = new_client(refusals=[refusal])
    assert client.generate("chat", **refused).status_code == 400
    assert client.generate("chat", **accepted).status_code == 200


def test_a_route_may_be_missing(new_client: ClientFactory) -> None:
    missing = {"apis": ["responses"], "status": 404, "body": "404 page not found"}
    client: ServiceClient = new_client(refusals=[missing])
    for response in (client.generate("responses"), client.get("/v1/responses/resp_0")):
        assert (response.status_code, response.text) == (404, "404 page not found")
        assert response.headers["content-type"] == "text/plain"
    assert client.generate("chat").status_code == 200
    assert client.account.journal()[0]["status"] == 404


@pytest.mark.parametrize(("streaming", "streamed"), [("always", True), ("never", False)])
@pytest.mark.parametrize("route", ["chat", "responses"])
def test_a_server_may_ignore_what_was_asked_for(
    new_client: ClientFactory, streaming: str, streamed: bool, route: Route
) -> None:
    client: ServiceClient = new_client(streaming=streaming)
    for asked in (True, False):
        response = client.generate(route, stream=asked)
        kind = "text/event-stream" if streamed else "application/json"
        assert response.headers["content-type"].startswith(kind)
        assert events_of(response.content) if streamed else response.json()


def test_a_server_may_have_none_of_openais_rules(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(openai_rules=False, refusals=[{"field": "seed"}])
    assert client.generate("chat", top_k=3, metadata={"a": "b"}).status_code == 200
    assert client.generate("responses", top_k=3, previous_response_id="resp_0").status_code == 200
    assert client.generate("chat", seed=1).status_code == 400
    assert client.generate("chat", messages=...).status_code == 400
    assert client.generate("chat", model="none").status_code == 404
