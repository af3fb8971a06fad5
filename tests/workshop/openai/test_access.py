"""Keys, organizations and paths: who is let in, and what exists."""

import httpx2
import pytest

from tests.workshop.openai.client import ROUTES, Route, ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory


def test_an_unknown_key_is_quoted_in_part_only(http: httpx2.Client) -> None:
    key = "sk-0123456789-secret-abcd"
    response = http.get("/v1/models", headers={"authorization": f"Bearer {key}"})
    error = error_of(response)
    assert (response.status_code, error["code"]) == (401, "invalid_api_key")
    assert "sk-01234" in error["message"]
    assert "secret" not in error["message"]


@pytest.mark.parametrize("headers", [{}, {"api-key": "wrong"}, {"authorization": "Bearer wrong"}])
def test_a_wrong_key_is_denied(http: httpx2.Client, headers: dict[str, str]) -> None:
    assert http.get("/v1/models", headers=headers).status_code == 401
    response = http.get("/openai/v1/models", headers=headers)
    assert (response.status_code, error_of(response)["code"]) == (401, "401")


def test_azure_takes_two_headers_and_openai_one(client: ServiceClient, http: httpx2.Client) -> None:
    bearer = {"authorization": f"Bearer {client.account.key}"}
    assert http.get("/openai/v1/models", headers=bearer).status_code == 200
    azure = {"api-key": client.account.key}
    assert http.get("/openai/v1/models", headers=azure).status_code == 200
    assert http.get("/v1/models", headers=azure).status_code == 401


def test_a_key_belongs_to_one_organization(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(organization="org-a")
    accepted = client.send("GET", "/v1/models", headers={"openai-organization": "org-a"})
    assert accepted.status_code == 200
    assert accepted.headers["openai-organization"] == "org-a"
    refused = client.send("GET", "/v1/models", headers={"openai-organization": "other"})
    assert (refused.status_code, error_of(refused)["code"]) == (401, "mismatched_organization")


def test_the_models_of_an_account_are_listed(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(models=["a", "b"])
    listed = client.get("/v1/models").json()
    assert [model["id"] for model in listed["data"]] == ["a", "b"]
    assert client.get("/v1/models/b").json()["object"] == "model"
    assert error_of(client.get("/v1/models/c"))["code"] == "model_not_found"


def test_a_model_tells_the_day_on_which_it_ends(new_client: ClientFactory) -> None:
    client: ServiceClient = new_client(models=["o3", "gpt-5.6"])
    listed = client.get("/v1/models").json()["data"]
    assert [model["shutdown_date"] for model in listed] == ["2026-12-11", None]
    assert client.get("/v1/models/o3").json()["shutdown_date"] == "2026-12-11"
    assert "shutdown_date" not in client.get("/openai/v1/models/o3").json()


@pytest.mark.parametrize("route", ROUTES)
def test_default_models_answer_everywhere(client: ServiceClient, route: Route) -> None:
    assert client.generate(route, model="gpt-5.6").status_code == 200


def test_what_does_not_exist_is_named(client: ServiceClient) -> None:
    for method, path, status in (
        ("GET", "/v1/responses", 405),
        ("DELETE", "/v1/models", 405),
        ("GET", "/v1/nothing", 404),
        ("POST", "/chat/completions", 404),
    ):
        response = client.send(method, path)
        assert response.status_code == status
        assert method in error_of(response)["message"]
        assert path in error_of(response)["message"]


def test_azure_knows_no_other_paths(client: ServiceClient) -> None:
    for method, path in (
        ("GET", "/openai/v1/responses"),
        ("GET", "/openai/responses"),
        ("POST", "/openai/chat/completions"),
        ("POST", "/openai/deployments/d/nothing"),
    ):
        response = client.send(method, path, params={"api-version": "2025-04-01-preview"})
        assert response.status_code == 404
        assert error_of(response) == {"code": "404", "message": "Resource not found"}
