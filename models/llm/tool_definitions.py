"""The tools that an app offers, as both APIs describe them."""

from collections.abc import Mapping

from dify_plugin.entities.model.message import PromptMessageTool
from pydantic import JsonValue

from models.llm.invocation import Invocation

_NO_PARAMETERS: Mapping[str, JsonValue] = {"type": "object", "properties": {}}


def described(tool: PromptMessageTool) -> dict[str, JsonValue]:
    """Return a function's name, description and parameters; what is missing means "takes none"."""
    parameters: dict[str, JsonValue] = {**_NO_PARAMETERS, **(tool.parameters or {})}
    return {"name": tool.name, "description": tool.description, "parameters": parameters}


def call_settings(invocation: Invocation) -> dict[str, JsonValue]:
    """Return how the model may call: `parallel_tool_calls` where somebody set it."""
    value = invocation.parameters.get("parallel_tool_calls")
    return {"parallel_tool_calls": value} if isinstance(value, bool) else {}
