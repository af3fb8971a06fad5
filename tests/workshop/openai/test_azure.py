"""Azure's gates: api-versions, deployments, and the paths without a version."""

from typing import Any

import pytest

from tests.workshop.openai.client import Route, ServiceClient, body_for, error_of, events_of
from tests.workshop.openai.conftest import ClientFactory

STORED = {"store": True, "metadata": {"a": "b"}}
NOT_FOUND = {"code": "404", "message": "Resource not found"}
DEPLOYMENT_NOT_FOUND = {
    "type": "invalid_request_error",
    "code": "DeploymentNotFound",
    "message": "The API deployment for this resource does not exist. If you created the "
    "deployment within the last 5 minutes, please wait a moment and try again.",
}


@pytest.mark.parametrize("route", ["azure-chat", "azure-responses"])
@pytest.mark.parametrize("version", ["", "latest", "2024-13", "2024-10-21-beta"])
def test_a_dated_path_needs_an_api_version(
    client: ServiceClient, route: Route, version: str
) -> None:
    response = client.post(route, body_for(route), version=version)
    assert (response.status_code, error_of(response)) == (404, NOT_FOUND)


def test_a_version_that_is_missing_altogether_is_not_found(client: ServiceClient) -> None:
    response = client.send("POST", "/openai/responses", json=body_for("responses"))
    assert (response.status_code, error_of(response)) == (404, NOT_FOUND)


@pytest.mark.parametrize(
    ("version", "arguments", "refused"),
    [
        ("2024-02-15-preview", STORED, "s supplied: metadata, store"),
        ("2024-09-01-preview", {"store": False}, " supplied: store"),
        ("2024-06-01", {"stream": True, "stream_options": {}}, " supplied: stream_options"),
    ],
)
def test_chat_refuses_what_the_version_does_not_know(
    client: ServiceClient, version: str, arguments: dict[str, Any], refused: str
) -> None:
    response = client.post("azure-chat", body_for("chat", **arguments), version=version)
    assert response.status_code == 400
    assert error_of(response)["message"] == f"Unrecognized request argument{refused}"


@pytest.mark.parametrize(
    ("version", "arguments"),
    [
        ("2024-10-01-preview", STORED),
        ("2024-10-21", STORED),
        ("2024-09-01-preview", {"stream": True, "stream_options": {"include_usage": True}}),
        ("2023-05-15", {}),
    ],
)
def test_chat_takes_what_the_version_knows(
    client: ServiceClient, version: str, arguments: dict[str, Any]
) -> None:
    response = client.post("azure-chat", body_for("chat", **arguments), version=version)
    assert response.status_code == 200


def test_responses_needs_a_late_version(client: ServiceClient) -> None:
    early = client.post("azure-responses", body_for("responses"), version="2025-02-01-preview")
    assert early.status_code == 400
    assert error_of(early) == {
        "code": "BadRequest",
        "message": "Azure OpenAI Responses API is enabled only for api-version "
        "2025-03-01-preview and later",
    }
    late = client.post("azure-responses", body_for("responses"), version="2025-03-01-preview")
    assert late.status_code == 200


@pytest.mark.parametrize("route", ["azure-chat", "azure-responses"])
def test_an_unknown_deployment_is_not_found(client: ServiceClient, route: Route) -> None:
    response = client.post(route, body_for(route, model="mine"), deployment="mine")
    assert (response.status_code, error_of(response)) == (404, DEPLOYMENT_NOT_FOUND)


@pytest.mark.parametrize("route", ["azure-v1-chat", "azure-v1-responses"])
def test_v1_words_an_unknown_deployment_differently(client: ServiceClient, route: Route) -> None:
    response = client.generate(route, model="mine")
    message = "Unknown model: mine"
    error = {"code": "unknown_model", "message": message, "details": message}
    assert (response.status_code, error_of(response)) == (400, error)


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
