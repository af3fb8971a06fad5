"""Recordings: sent again byte for byte, and kept as the object they add up to when asked."""

import json

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, events_of
from tests.workshop.openai.recorded import Exchange, exchanges, text_exchanges

_HEADERS = ("content-type", "x-request-id", "retry-after", "apim-request-id")
_OTHER_PATHS = {
    "embeddings": {"model": "text-embedding-3-small", "input": "x"},
    "moderations": {"input": "x"},
    "audio/speech": {"model": "tts-1", "voice": "alloy", "input": "x"},
}
_KEPT = [
    exchange
    for exchange in text_exchanges()
    if exchange.response["status"] == 200 and "cut" not in exchange.name
]


def _unstored(exchange: Exchange) -> tuple[Route, JsonObject]:
    """Return how to ask for a replay that keeps its id."""
    if exchange.api == "chat":
        return "chat", {"stream": exchange.streamed}
    return "responses", {"stream": exchange.streamed, "store": False}


@pytest.mark.parametrize("exchange", text_exchanges(), ids=lambda exchange: exchange.label)
def test_a_recording_is_sent_again_byte_for_byte(client: ServiceClient, exchange: Exchange) -> None:
    client.account.extend_plan(exchange.step)
    route, arguments = _unstored(exchange)
    response = client.generate(route, **arguments)
    recorded = exchange.response
    assert response.status_code == recorded["status"]
    for name in _HEADERS:
        assert response.headers.get(name) == recorded["headers"].get(name)
    body = exchange.body_bytes()
    if body is None:
        assert response.json() == recorded["body"]
    else:
        assert response.content == body


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
    response = client.send("POST", exchange.request["path"], json=body)
    assert response.status_code == exchange.response["status"]
    recorded = exchange.body_bytes()
    if recorded is None:
        assert response.json() == exchange.response["body"]
    else:
        assert response.content == recorded


@pytest.mark.parametrize("exchange", _KEPT, ids=lambda exchange: exchange.label)
def test_a_stored_replay_gets_an_id_of_its_own(client: ServiceClient, exchange: Exchange) -> None:
    route: Route = "chat" if exchange.api == "chat" else "responses"
    client.account.extend_plan(exchange.step, exchange.step)
    arguments = {"stream": exchange.streamed, "store": True, "metadata": {"a": "b"}}
    answers = [client.generate(route, **arguments) for _ in range(2)]
    path = "/v1/chat/completions" if route == "chat" else "/v1/responses"
    ids = [_id_of(answer.content, streamed=exchange.streamed) for answer in answers]
    assert len({*ids, _recorded_id(exchange)}) == 3
    for identifier in ids:
        record = client.get(f"{path}/{identifier}").json()
        assert (record["id"], record["metadata"]) == (identifier, {"a": "b"})
        assert _without_own(record) == _without_own(_whole_of(exchange))


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
    chunks = [chunk for chunk in events if chunk.get("object")]
    choices: dict[int, JsonObject] = {}
    for part in (part for chunk in chunks for part in chunk["choices"]):
        choice = choices.setdefault(
            part["index"],
            {
                "index": part["index"],
                "message": {"role": "assistant", "content": None, "refusal": None},
                "logprobs": None,
                "finish_reason": "stop",
            },
        )
        _add_delta(choice["message"], part.get("delta", {}))
        choice["finish_reason"] = part.get("finish_reason") or choice["finish_reason"]
        if "content_filter_results" in part:
            judged = choice.setdefault("content_filter_results", {})
            judged |= part["content_filter_results"]
        if part.get("logprobs"):
            choice["logprobs"] = choice["logprobs"] or {"content": None, "refusal": None}
            for key, tokens in part["logprobs"].items():
                known = choice["logprobs"][key]
                choice["logprobs"][key] = known if tokens is None else (known or []) + tokens
    whole = {**chunks[-1], "choices": [choices[index] for index in sorted(choices)]}
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    return whole | {"usage": usages[-1] if usages else None}


def _add_delta(message: JsonObject, delta: JsonObject) -> None:
    for key in ("content", "refusal"):
        if delta.get(key) is not None:
            message[key] = (message[key] or "") + delta[key]
    for fragment in delta.get("tool_calls") or []:
        calls = message.setdefault("tool_calls", [])
        while len(calls) <= fragment["index"]:
            calls.append({"function": {"arguments": ""}})
        call = calls[fragment["index"]]
        call |= {key: fragment[key] for key in ("id", "type") if key in fragment}
        function = fragment["function"]
        if "name" in function:
            call["function"]["name"] = function["name"]
        call["function"]["arguments"] += function.get("arguments", "")


def test_a_replay_passes_the_rules_first(client: ServiceClient) -> None:
    client.account.extend_plan({"recording": "chat-text-gpt-4o"})
    assert client.generate("chat", unknown=1).status_code == 400
    assert client.generate("chat").json()["id"] == "chatcmpl-CRkJFgcA6BuMrBur38ZHUXgT6zRjg"


def test_a_recorded_refusal_is_not_stored(client: ServiceClient) -> None:
    client.account.extend_plan({"recording": "error-404-chat"})
    assert client.generate("chat", store=True).status_code == 404
    assert client.get("/v1/chat/completions").json()["data"] == []
