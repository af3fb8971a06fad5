"""The tools that an app offers and how they may be called, before an API gives them its form."""

from collections.abc import Callable, Sequence

from dify_plugin.entities.model.message import PromptMessageTool
from pydantic import JsonValue

from models.failures.failure import bad_request
from models.llm.invocation import Invocation
from models.llm.tool_names import allowed_name
from models.llm.tool_schema import mended_parameters

_GENERAL_CHOICES = frozenset({"auto", "none", "required"})


def described(tool: PromptMessageTool) -> dict[str, JsonValue]:
    """Return a function's name, description and parameters, as the services take them."""
    parameters = mended_parameters(tool.parameters)
    return {
        "name": allowed_name(tool.name),
        "description": tool.description,
        "parameters": parameters,
    }


def call_settings(
    invocation: Invocation, forced: Callable[[str], JsonValue]
) -> dict[str, JsonValue]:
    """Return how the model may call: what the app chose of `parallel_tool_calls`, `tool_choice`.

    `forced` gives the name of the one tool that must be called its API's form. Raises
    InvokeBadRequestError if the app has no tool of the name that was chosen.
    """
    settings: dict[str, JsonValue] = {}
    if isinstance(parallel := invocation.parameters.get("parallel_tool_calls"), bool):
        settings["parallel_tool_calls"] = parallel
    choice = invocation.parameters.get("tool_choice")
    if isinstance(choice, str) and choice in _GENERAL_CHOICES:
        settings["tool_choice"] = choice
    elif choice:
        settings["tool_choice"] = forced(allowed_name(_one_of(invocation.tools, choice)))
    return settings


def _one_of(tools: Sequence[PromptMessageTool], choice: JsonValue) -> str:
    names = [tool.name for tool in tools]
    name = choice if isinstance(choice, str) else _named_in(choice)
    if name is None or name not in names:
        raise bad_request(
            f"The tool choice {name!r} is none of the app's tools; use auto, none, required, "
            f"or one of {', '.join(map(repr, names))}"
        )
    return name


def _named_in(choice: JsonValue) -> str | None:
    """Return the name in either API's form of a forced tool."""
    if not isinstance(choice, dict):
        return None
    function = choice.get("function")
    name = function.get("name") if isinstance(function, dict) else choice.get("name")
    return name if isinstance(name, str) else None
