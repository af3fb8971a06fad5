"""The rules against recorded requests: what the real service took or refused, so does this one."""

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import MODEL, ServiceClient, error_of
from tests.workshop.openai.conftest import ClientFactory
from tests.workshop.openai.recorded import REFUSED, WHEN_RECORDED, Exchange, exchanges

_TEXT_PATHS = ("/v1/", "/openai/")
# These say what a service knows beyond its rules: the state of an organization, a foreign
# server, a model's window; steps of a plan play them.
_NOT_RULES = frozenset(
    {
        "azure-embeddings-then-401-1",
        "azure-error-content-filter-chat-0",
        "azure-error-content-filter-responses-0",
        "error-400-context-length-0",
        "error-400-image-url-0",
        "error-429-rpm-0",
        "error-429-too-large-and-500-0",
        "error-429-too-large-and-500-1",
    }
)
_SENT = [
    exchange
    for exchange in exchanges()
    if exchange.request["method"] == "POST"
    and isinstance(exchange.request["body"], dict)
    and exchange.request["path"].startswith(_TEXT_PATHS)
    and not exchange.request["path"].endswith("/v1/completions")
]
_ACCEPTED = [exchange for exchange in _SENT if exchange.response["status"] < REFUSED]
_REFUSED = [
    exchange
    for exchange in _SENT
    if exchange.response["status"] >= REFUSED and exchange.label not in _NOT_RULES
]
_UNKNOWN_NAMES = frozenset(
    {"invalid-model", "this-model-does-not-exist", "azure-error-deployment-not-found"}
)


def _send(new_client: ClientFactory, exchange: Exchange) -> httpx2.Response:
    """Send a recorded request to an account that has its model and its deployment."""
    request = exchange.request
    model = request["body"].get("model")
    path_names = request["path"].split("/")
    deployment = path_names[3] if "deployments" in path_names else model
    known = model not in _UNKNOWN_NAMES and exchange.name not in _UNKNOWN_NAMES
    deployments = {deployment: model or MODEL} if known else {}
    settings: JsonObject = {"deployments": deployments, "today": WHEN_RECORDED}
    if model is not None:
        settings["models"] = [model] if known else []
    client: ServiceClient = new_client(**settings)
    options = {"params": request["query"], "json": request["body"]}
    if exchange.name == "error-401-chat":
        options["headers"] = {"authorization": "Bearer not-a-real-key-at-all"}
    return client.send("POST", request["path"], **options)


@pytest.mark.parametrize("exchange", _ACCEPTED, ids=lambda exchange: exchange.label)
def test_what_the_service_accepted_is_accepted(
    new_client: ClientFactory, exchange: Exchange
) -> None:
    response = _send(new_client, exchange)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("exchange", _REFUSED, ids=lambda exchange: exchange.label)
def test_what_the_service_refused_is_refused_in_its_words(
    new_client: ClientFactory, exchange: Exchange
) -> None:
    response = _send(new_client, exchange)
    recorded = exchange.response["body"]["error"]
    if exchange.name == "error-401-chat":
        recorded = {**recorded, "message": error_of(response)["message"]}
    assert response.status_code == exchange.response["status"]
    assert error_of(response) == recorded
