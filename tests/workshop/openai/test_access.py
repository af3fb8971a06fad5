"""Keys, organizations and paths: who is let in, and what exists."""

import httpx2
import pytest

from tests.workshop.openai.client import ROUTES, Route, ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory

AZURE_DENIED = {
    "code": "401",
    "message": "Access denied due to invalid subscription key or wrong API endpoint. Make sure "
    "to provide a valid key for an active subscription and use a correct regional API endpoint "
    "for your resource.",
}
AZURE_NOT_FOUND = {"code": "404", "message": "Resource not found"}


def test_an_unknown_key_is_quoted_in_part_only(http: httpx2.Client) -> None:
    key = "sk-0123456789-secret-abcd"
    response = http.get("/v1/models", headers={"authorization": f"Bearer {key}"})
    assert response.status_code == 401
    error = error_of(response)
    assert error["code"] == "invalid_api_key"
    assert error["message"].startswith("Incorrect API key provided: sk-01234")
    assert "secret" not in error["message"]


def test_a_missing_key_is_refused(http: httpx2.Client) -> None:
    response = http.get("/v1/models")
    assert response.status_code == 401
    assert error_of(response)["message"].startswith("You didn't provide an API key.")


@pytest.mark.parametrize("headers", [{}, {"api-key": "wrong"}, {"authorization": "Bearer wrong"}])
def test_azure_denies_an_unknown_key(http: httpx2.Client, headers: dict[str, str]) -> None:
    response = http.get("/openai/v1/models", headers=headers)
    assert (response.status_code, error_of(response)) == (401, AZURE_DENIED)


def test_azure_takes_the_key_as_bearer_too(client: ServiceClient, http: httpx2.Client) -> None:
    headers = {"authorization": f"Bearer {client.account.key}"}
    assert http.get("/openai/v1/models", headers=headers).status_code == 200


def test_openai_does_not_take_azures_header(client: ServiceClient, http: httpx2.Client) -> None:
    response = http.get("/v1/models", headers={"api-key": client.account.key})
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("openai-organization", "mismatched_organization"),
        ("openai-project", "mismatched_project"),
    ],
)
def test_a_key_belongs_to_one_organization_and_project(
    new_client: ClientFactory, header: str, code: str
) -> None:
    client: ServiceClient = new_client(organization="org-a", project="proj_a")
    own = {"openai-organization": "org-a", "openai-project": "proj_a"}
    accepted = client.send("GET", "/v1/models", headers=own)
    assert accepted.status_code == 200
    assert accepted.headers["openai-organization"] == "org-a"
    refused = client.send("GET", "/v1/models", headers={header: "other"})
    assert (refused.status_code, error_of(refused)["code"]) == (401, code)


def test_the_models_of_an_account_are_listed(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(models=["a", "b"])
    listed = client.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["a", "b"]
    assert client.get("/v1/models/b").json()["object"] == "model"
    assert error_of(client.get("/v1/models/c"))["code"] == "model_not_found"


@pytest.mark.parametrize("route", ROUTES)
def test_default_models_answer_everywhere(client: ServiceClient, route: Route) -> None:
    assert client.generate(route, model="gpt-5.6").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/v1/responses", 405, "Not allowed to GET on /v1/responses. "),
        ("DELETE", "/v1/models", 405, "Not allowed to DELETE on /v1/models. "),
        ("GET", "/v1/nothing", 404, "Invalid URL (GET /v1/nothing)"),
        ("POST", "/chat/completions", 404, "Invalid URL (POST /chat/completions)"),
    ],
)
def test_openai_names_what_does_not_exist(
    client: ServiceClient, method: str, path: str, status: int, message: str
) -> None:
    response = client.send(method, path)
    assert response.status_code == status
    assert error_of(response)["message"].startswith(message)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/openai/v1/responses"),
        ("GET", "/openai/responses"),
        ("POST", "/openai/chat/completions"),
        ("POST", "/openai/deployments/d/nothing"),
    ],
)
def test_azure_knows_no_other_paths(client: ServiceClient, method: str, path: str) -> None:
    response = client.send(method, path, params={"api-version": "2025-04-01-preview"})
    assert (response.status_code, error_of(response)) == (404, AZURE_NOT_FOUND)
