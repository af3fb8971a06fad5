"""Asks for a scripted answer in either mode and returns it in its whole form."""

from typing import Any

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, events_of

CHAT_ROUTES: list[Route] = ["chat", "azure-chat", "azure-v1-chat"]
RESPONSES_ROUTES: list[Route] = ["responses", "azure-responses", "azure-v1-responses"]


def ask(client: ServiceClient, route: Route, stream: bool, step: JsonObject) -> Any:
    """Return the whole answer of a step, in the non-stream form of its API."""
    client.account.extend_plan(step)
    arguments: JsonObject = {"stream": True} if stream else {}
    if stream and route in CHAT_ROUTES:
        arguments["stream_options"] = {"include_usage": True}
    response = client.generate(route, **arguments)
    assert response.status_code == 200, response.text
    if not stream:
        return response.json()
    events = events_of(response.content)
    if route in RESPONSES_ROUTES:
        return events[-1]["response"]
    assert response.content.endswith(b"data: [DONE]\n\n")
    return _join(events)


def _join(chunks: list[JsonObject]) -> JsonObject:
    """Join chunks by hand, so that the sandbox's own folding is not its own witness."""
    message: JsonObject = {"content": None, "refusal": None}
    calls: dict[int, JsonObject] = {}
    joined: JsonObject = {"choices": [{"message": message, "finish_reason": None}]}
    for chunk in chunks:
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for key in ("content", "refusal"):
                if delta.get(key) is not None:
                    message[key] = (message[key] or "") + delta[key]
            for call in delta.get("tool_calls", []):
                known = calls.setdefault(call["index"], {"id": call.get("id"), "arguments": ""})
                known["name"] = call["function"].get("name", known.get("name"))
                known["arguments"] += call["function"]["arguments"]
            joined["choices"][0]["finish_reason"] = choice["finish_reason"]
        joined |= {key: chunk[key] for key in ("model", "usage", "service_tier") if key in chunk}
    message["tool_calls"] = [
        {"id": call["id"], "function": {"name": call["name"], "arguments": call["arguments"]}}
        for call in calls.values()
    ]
    return joined
