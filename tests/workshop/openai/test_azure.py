"""Azure's gates: api-versions, deployments, and the paths without a version."""

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import (
    AZURE_ROUTES,
    Route,
    ServiceClient,
    body_for,
    error_of,
    events_of,
)
from tests.workshop.openai.conftest import ClientFactory

STORED: JsonObject = {"store": True, "metadata": {"a": "b"}}
NOT_FOUND = {"code": "404", "message": "Resource not found"}


@pytest.mark.parametrize("route", ["azure-chat", "azure-responses"])
def test_a_dated_path_needs_an_api_version(client: ServiceClient, route: Route) -> None:
    for version in ("", "latest", "2024-13", "2024-10-21-beta"):
        response = client.post(route, body_for(route), version=version)
        assert (response.status_code, error_of(response)) == (404, NOT_FOUND)
    response = client.send("POST", "/openai/responses", json=body_for("responses"))
    assert (response.status_code, error_of(response)) == (404, NOT_FOUND)


def test_chat_takes_what_the_version_knows(client: ServiceClient) -> None:
    rows: list[tuple[str, JsonObject, str]] = [
        ("2024-02-15-preview", STORED, "s supplied: metadata, store"),
        ("2024-09-01-preview", {"store": False}, " supplied: store"),
        ("2024-06-01", {"stream": True, "stream_options": {}}, " supplied: stream_options"),
        ("2024-10-01-preview", STORED, ""),
        ("2024-10-21", STORED, ""),
        ("2024-09-01-preview", {"stream": True, "stream_options": {"include_usage": True}}, ""),
        ("2023-05-15", {}, ""),
    ]
    for version, arguments, refused in rows:
        response = client.post("azure-chat", body_for("chat", **arguments), version=version)
        assert response.status_code == (400 if refused else 200)
        if refused:
            assert error_of(response)["message"] == f"Unrecognized request argument{refused}"


def test_responses_needs_a_late_version(client: ServiceClient) -> None:
    early = client.post("azure-responses", body_for("responses"), version="2025-02-01-preview")
    assert (early.status_code, error_of(early)["code"]) == (400, "BadRequest")
    late = client.post("azure-responses", body_for("responses"), version="2025-03-01-preview")
    assert late.status_code == 200


@pytest.mark.parametrize("route", AZURE_ROUTES)
def test_an_unknown_deployment_is_not_found(client: ServiceClient, route: Route) -> None:
    response = client.post(route, body_for(route, model="mine"), deployment="mine")
    assert (response.status_code, error_of(response)["code"]) == (404, "DeploymentNotFound")


def test_a_deployment_answers_as_its_base_model(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(deployments={"mine": "gpt-4.1"})
    by_path = client.post("azure-chat", body_for("chat", model=...), deployment="mine")
    by_body = client.generate("azure-responses", model="mine")
    assert by_path.json()["model"] == by_body.json()["model"] == "gpt-4.1-2025-04-14"


@pytest.mark.parametrize("route", ["azure-chat", "azure-v1-chat"])
def test_the_first_chunk_judges_the_prompt(client: ServiceClient, route: Route) -> None:
    first, second, *_ = events_of(client.generate(route, stream=True).content)
    assert first.pop("prompt_filter_results")[0]["prompt_index"] == 0
    assert first == {"id": "", "object": "", "created": 0, "model": "", "choices": []}
    assert second["choices"][0]["content_filter_results"] == {}


def test_a_whole_answer_is_judged_too(client: ServiceClient) -> None:
    answer = client.generate("azure-chat").json()
    assert "hate" in answer["choices"][0]["content_filter_results"]
    assert "jailbreak" in answer["prompt_filter_results"][0]["content_filter_results"]
    filters = client.generate("azure-responses").json()["content_filters"]
    assert [item["source_type"] for item in filters] == ["prompt", "completion"]
