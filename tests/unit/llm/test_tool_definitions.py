"""How tools may be called: general choices, a forced tool, and what is missing."""

import pytest
from dify_plugin.entities.model.message import PromptMessageTool
from dify_plugin.errors.model import InvokeBadRequestError
from pydantic import JsonValue

from models.llm.tool_definitions import call_settings, described
from tests.plain_call import plain_call

SEARCH = PromptMessageTool(name="search", description="Find", parameters={})


def settings_for(**parameters: JsonValue) -> dict[str, JsonValue]:
    return call_settings(plain_call(parameters, [SEARCH]), lambda name: {"forced": name})


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, {}),
        ("", {}),
        ("auto", {"tool_choice": "auto"}),
        ("required", {"tool_choice": "required"}),
        ("search", {"tool_choice": {"forced": "search"}}),
        ({"type": "function", "name": "search"}, {"tool_choice": {"forced": "search"}}),
        (
            {"type": "function", "function": {"name": "search"}},
            {"tool_choice": {"forced": "search"}},
        ),
    ],
)
def test_a_tool_choice_of_either_apis_form(choice: JsonValue, sent: dict[str, JsonValue]) -> None:
    assert settings_for(tool_choice=choice) == sent


@pytest.mark.parametrize("name", ["代码计算器", "Code Calculator!", "n" * 65])
def test_a_forced_tool_has_the_name_under_which_it_travels(name: str) -> None:
    tool = PromptMessageTool(name=name, description="", parameters={})
    sent = call_settings(plain_call({"tool_choice": name}, [tool]), lambda known: {"forced": known})
    assert sent == {"tool_choice": {"forced": described(tool)["name"]}}
    assert described(tool)["name"] != name


@pytest.mark.parametrize("choice", ["find", 7, ["search"], {"type": "function"}])
def test_a_tool_that_is_not_there_cannot_be_forced(choice: JsonValue) -> None:
    with pytest.raises(InvokeBadRequestError, match=r"is none of the app's tools; use .* 'search'"):
        settings_for(tool_choice=choice)


@pytest.mark.parametrize(("value", "sent"), [(True, True), (False, False), ("yes", None)])
def test_parallel_calls_are_sent_as_chosen(value: JsonValue, sent: bool | None) -> None:
    assert settings_for(parallel_tool_calls=value).get("parallel_tool_calls") is sent


def test_what_a_definition_lacks_means_that_it_takes_nothing() -> None:
    assert described(SEARCH) == {
        "name": "search",
        "description": "Find",
        "parameters": {"type": "object", "properties": {}},
    }
    tool = PromptMessageTool(
        name="n", description="", parameters={"properties": {"a": {"type": "string"}}}
    )
    assert described(tool)["parameters"] == {
        "type": "object",
        "properties": {"a": {"type": "string"}},
    }
