"""The smallest call that a Dify app can make, for tests that look at one part of it."""

from collections.abc import Mapping, Sequence

from dify_plugin.entities.model.message import PromptMessageTool, UserPromptMessage
from pydantic import JsonValue

from models.llm.invocation import Invocation


def plain_call(
    parameters: Mapping[str, JsonValue],
    tools: Sequence[PromptMessageTool] = (),
    *,
    stream: bool = True,
) -> Invocation:
    """Return a call with one short message."""
    return Invocation(
        model="m",
        messages=(UserPromptMessage(content="hello"),),
        parameters=parameters,
        tools=tools,
        stop=(),
        stream=stream,
        user=None,
        app_id=None,
    )
