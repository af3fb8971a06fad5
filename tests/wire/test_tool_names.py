"""Tools under names that the services do not take: they travel under others, and nobody notices."""

import re

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.messages import assistant_message, tool_call, tool_message, user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import Json, Wire, each_api_and_mode, objects_in

# langgenius/dify#22867, CherryHQ/cherry-studio#2895: any letters, any length.
NAMES = {
    "other letters": ["代码计算器", "Code Calculator!", "Code Calculator?", "Code_Calculator_"],
    "nothing else": ["天气", "时间", "…", "tool", ""],
    "dots and spaces": ["mcp.search", "mcp search", "mcp_search", " mcp_search"],
    "long": ["n" * 64, "n" * 65, "n" * 66, "名" * 65],
}
_ALLOWED = re.compile("[a-zA-Z0-9_-]{1,64}")


@each_api_and_mode
@pytest.mark.parametrize("kind", NAMES)
def test_names_travel_under_allowed_ones_and_come_back(
    wire: Wire, route: str, stream: bool, kind: str
) -> None:
    names = NAMES[kind]
    tools: list[Json] = [{"name": name, "description": "x", "parameters": {}} for name in names]
    options = LLMOptions(tools=tools, stream=stream)
    wire.ask(wire.target(route), options)
    sent = function_names(wire.bodies()[0]["tools"])
    assert all(_ALLOWED.fullmatch(name) for name in sent)
    assert len({*sent}) == len(names)
    assert [name for name in names if _ALLOWED.fullmatch(name)] == [
        name for name in sent if name in names
    ]

    calls: list[JsonValue] = [{"name": name, "id": f"call_{n}"} for n, name in enumerate(sent)]
    wire.plan({"tool_calls": calls})
    answer = wire.ask(wire.target(route), options)
    assert function_names(list(answer.tool_calls)) == names

    history = [
        user_message("Go."),
        assistant_message(
            "", [tool_call(f"call_{n}", name, "{}") for n, name in enumerate([*names, "gone 了"])]
        ),
        *(tool_message(f"call_{n}", "done") for n in range(len(names) + 1)),
    ]
    assert wire.ask(wire.target(route), options, messages=history).text
    body = wire.bodies()[-1]
    if route.endswith("chat"):
        said = objects_in(body["messages"])[1]["tool_calls"]
    else:
        said = [item for item in objects_in(body["input"]) if item["type"] == "function_call"]
    *known, gone = function_names(said)
    assert known == sent == function_names(body["tools"])
    assert _ALLOWED.fullmatch(gone)


def function_names(found: JsonValue) -> list[str]:
    """Return the names in tools or calls of either API."""
    functions = [item.get("function", item) for item in objects_in(found)]
    return [str(function["name"]) for function in functions if isinstance(function, dict)]
