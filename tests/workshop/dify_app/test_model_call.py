"""An app with a model: its calls are stored where the model is, under the app's id."""

import hashlib
from typing import Any

import httpx2
import pytest

from fakes.openai.process import SandboxProcess
from tests.workshop.dify_app.client import DifyClient
from tests.workshop.dify_app.conftest import AppFactory
from tests.workshop.openai.client import ServiceClient


@pytest.fixture
def service(sandbox: SandboxProcess, http: httpx2.Client) -> ServiceClient:
    """The account of the model's service."""
    return ServiceClient(sandbox.new_account(), http)


@pytest.fixture
def new_modelled_app(new_app: AppFactory, service: ServiceClient) -> AppFactory:
    """Make a client of an app that calls the service."""

    def make(user: str = "none", **settings: Any) -> DifyClient:
        url = str(service.http.base_url.join("/v1"))
        return new_app(
            model={"base_url": url, "key": service.account.key, "user": user}, **settings
        )

    return make


def test_an_evaluation_points_at_the_completions_that_it_caused(
    new_modelled_app: AppFactory, service: ServiceClient
) -> None:
    client = new_modelled_app("plain", mode="advanced-chat")
    first = client.turn("one", user="latticeflow-1")
    client.turn("two", user="latticeflow-1", conversation_id=first.conversation)
    client.turn("elsewhere", user="bob")
    end_user = first.events[-1]["data"]["created_by"]["id"]
    listed = service.get(
        "/v1/chat/completions",
        **{"metadata[dify_app_id]": client.app.id, "metadata[dify_user]": end_user},
    ).json()["data"]
    texts = [item["choices"][0]["message"]["content"] for item in listed]
    assert texts == [first.answer, "Echo: two"]
    assert listed[0]["metadata"] == {
        "dify_app_id": client.app.id,
        "dify_source": "dify",
        "dify_user": end_user,
    }
    sent = service.account.journal()[1]["body"]["messages"]
    assert [message["content"] for message in sent] == ["one", "Echo: one", "two"]


@pytest.mark.parametrize("form", ["none", "digest"])
def test_the_user_is_sent_as_a_digest_or_not_at_all(
    new_modelled_app: AppFactory, service: ServiceClient, form: str
) -> None:
    client = new_modelled_app(form, mode="advanced-chat")
    end_user = client.turn().events[-1]["data"]["created_by"]["id"]
    metadata = service.account.journal()[0]["body"]["metadata"]
    pairs = {"dify_app_id": client.app.id, "dify_source": "dify"}
    if form == "digest":
        pairs["dify_user"] = hashlib.sha256(end_user.encode()).hexdigest()
    assert metadata == pairs


def test_a_model_that_fails_is_an_error_in_the_stream_and_in_the_answer(
    new_modelled_app: AppFactory, service: ServiceClient
) -> None:
    client = new_modelled_app()
    service.account.extend_plan({"fault": "rate_limit"}, {"fault": "server_error"})
    error = client.turn().events[-1]
    assert (error["event"], error["code"]) == ("error", "completion_request_error")
    blocking = client.chat(response_mode="blocking")
    assert (blocking.status_code, blocking.json()["code"]) == (400, "completion_request_error")
    assert service.account.key not in str(error)
