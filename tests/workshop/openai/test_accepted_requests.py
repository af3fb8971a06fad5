"""What stands close to a rule and is accepted."""

from typing import Any

import pytest

from fakes.openai.json_types import JsonObject
from tests.workshop.openai.client import Route, ServiceClient, body_for

_CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
_TOOL_TURN = [
    {"role": "user", "content": "one"},
    {"role": "assistant", "tool_calls": [_CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "x"},
]
_TOOLS = [{"type": "function", "function": {"name": "f"}}]
_OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
ACCEPTED: list[tuple[str, Route, dict[str, Any]]] = [
    ("metadata-stored", "chat", {"metadata": {"k" * 64: "v" * 512}, "store": True}),
    ("metadata-of-responses", "responses", {"metadata": {str(n): "v" for n in range(16)}}),
    ("metadata-null", "chat", {"metadata": None}),
    ("store-false", "responses", {"store": False}),
    ("temperature-1", "chat", {"model": "gpt-5", "temperature": 1}),
    ("no-effort", "chat", {"model": "gpt-5.1", "reasoning_effort": "none", "temperature": 0.2}),
    ("chat-variant", "chat", {"model": "gpt-5-chat-latest", "temperature": 0.2, "stop": ["."]}),
    ("stop-null", "chat", {"model": "o3", "stop": None}),
    ("tool-turn", "chat", {"messages": _TOOL_TURN}),
    ("tools-without-effort", "chat", {"model": "gpt-5.4", "tools": _TOOLS}),
    ("tools-no-effort", "chat", {"model": "gpt-5.6", "tools": _TOOLS, "reasoning_effort": "none"}),
    (
        "json-mode",
        "chat",
        {
            "messages": [{"role": "user", "content": "as JSON"}],
            "response_format": {"type": "json_object"},
        },
    ),
    ("azure-data-sources", "azure-chat", {"data_sources": []}),
    (
        "loose-function",
        "responses",
        {"tools": [{"type": "function", "name": "f", "parameters": _OPEN_SCHEMA}]},
    ),
]


@pytest.mark.parametrize(
    ("route", "arguments"),
    [row[1:] for row in ACCEPTED],
    ids=[row[0] for row in ACCEPTED],
)
def test_a_right_request_is_accepted(
    client: ServiceClient, route: Route, arguments: JsonObject
) -> None:
    response = client.generate(route, **arguments)
    assert response.status_code == 200, response.text


def test_a_refused_request_takes_no_step(client: ServiceClient) -> None:
    client.account.extend_plan({"text": "kept"})
    assert client.generate("chat", x=1).status_code == 400
    answer = client.post("chat", body_for("chat")).json()
    assert answer["choices"][0]["message"]["content"] == "kept"
