"""Recordings: sent again byte for byte, and kept as the object they add up to when asked."""

import json

import httpx2
import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, events_of, join
from tests.workshop.openai.recorded import Exchange, exchanges, text_exchanges

_HEADERS = ("content-type", "x-request-id", "retry-after", "apim-request-id")
_OTHER_PATHS = {
    "embeddings": {"model": "text-embedding-3-small", "input": "x"},
    "moderations": {"input": "x"},
    "audio/speech": {"model": "tts-1", "voice": "alloy", "input": "x"},
}


def assert_replayed(response: httpx2.Response, exchange: Exchange) -> None:
    """Compare the status, the telling headers and the bytes; the JSON where no bytes were kept."""
    recorded = exchange.response
    assert response.status_code == recorded["status"]
    for name in _HEADERS:
        assert response.headers.get(name) == recorded["headers"].get(name)
    body = exchange.body_bytes()
    if body is None:
        assert response.json() == recorded["body"]
    else:
        assert response.content == body


@pytest.mark.parametrize("exchange", text_exchanges(), ids=lambda exchange: exchange.label)
def test_a_recording_is_sent_again_byte_for_byte(client: ServiceClient, exchange: Exchange) -> None:
    """Once as it is; then stored, which gives the record an id of its own."""
    route: Route = "chat" if exchange.api == "chat" else "responses"
    client.account.extend_plan(*[exchange.step] * 3)
    asked = {"stream": exchange.streamed}
    assert_replayed(client.generate(route, **asked, store=False), exchange)
    if exchange.response["status"] != 200:
        return
    path = "/v1/chat/completions" if route == "chat" else "/v1/responses"
    arguments = asked | {"store": True, "metadata": {"a": "b"}}
    answers = [client.generate(route, **arguments) for _ in range(2)]
    ids = [_id_of(answer.content, streamed=exchange.streamed) for answer in answers]
    assert len({*ids, _recorded_id(exchange)}) == 3
    for identifier in ids:
        record = client.get(f"{path}/{identifier}").json()
        assert (record["id"], record["metadata"]) == (identifier, {"a": "b"})
        assert _without_own(record) == _without_own(_whole_of(exchange))


@pytest.mark.parametrize(
    "exchange",
    [
        exchange
        for exchange in exchanges()
        if exchange.request["path"].removeprefix("/v1/") in _OTHER_PATHS
    ],
    ids=lambda exchange: exchange.label,
)
def test_other_endpoints_are_replayed_too(client: ServiceClient, exchange: Exchange) -> None:
    client.account.extend_plan(exchange.step)
    body = _OTHER_PATHS[exchange.request["path"].removeprefix("/v1/")]
    assert_replayed(client.send("POST", exchange.request["path"], json=body), exchange)


def _without_own(record: JsonObject) -> JsonObject:
    """Return what a stored record has of its recorded answer, without its names and settings."""
    answer = record.get("output", record.get("choices"))
    return {"answer": answer, "usage": record.get("usage"), "model": record["model"]}


def _recorded_id(exchange: Exchange) -> str:
    body = exchange.body_bytes()
    return _id_of(body or json.dumps(exchange.response["body"]).encode(), streamed=body is not None)


def _id_of(content: bytes, *, streamed: bool) -> str:
    last = events_of(content)[-1] if streamed else json.loads(content)
    return str(last.get("response", last)["id"])


def _whole_of(exchange: Exchange) -> JsonObject:
    """Return the recorded answer as one object, joined here and not by the local service."""
    body = exchange.body_bytes()
    if body is None:
        return dict(exchange.response["body"])
    events = events_of(body)
    if exchange.api == "responses":
        return dict(events[-1]["response"])
    return join(events)


def test_a_replay_passes_the_rules_first(client: ServiceClient) -> None:
    client.account.extend_plan({"recording": "chat-text-gpt-4o"})
    assert client.generate("chat", unknown=1).status_code == 400
    assert client.generate("chat").json()["id"] == "chatcmpl-CRkJFgcA6BuMrBur38ZHUXgT6zRjg"


def test_a_recorded_refusal_is_not_stored(client: ServiceClient) -> None:
    client.account.extend_plan({"recording": "error-404-chat"})
    assert client.generate("chat", store=True).status_code == 404
    assert client.get("/v1/chat/completions").json()["data"] == []
