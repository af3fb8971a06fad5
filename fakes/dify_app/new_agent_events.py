"""The stream of a new agent app: a thought for each piece of reasoning and each call, the deltas,
then one closing message that repeats the whole answer."""

import json

from fakes.dify_app.agent_events import labels, thought
from fakes.dify_app.answers import Script, ToolUse
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject


def body(turn: Turn, script: Script) -> list[JsonObject]:
    """Return the reasoning, the calls with their growing arguments, and the deltas."""
    events = [thought(turn, 1, thought=script.preface)]
    for position, tool in enumerate(script.tools, 2):
        events += _call(turn, position, tool)
    return events + [turn.text_event("agent_message", piece) for piece in script.pieces]


def closing(turn: Turn, _script: Script, answer: str) -> list[JsonObject]:
    """Return the whole answer once more, then the end."""
    whole = turn.text_event("message", answer, from_variable_selector=None)
    return [whole, turn.message_end(answer)]


def _call(turn: Turn, position: int, tool: ToolUse) -> list[JsonObject]:
    """Return a call as it grows: half its arguments, all of them, then its result as well."""
    arguments = json.dumps(tool.arguments, ensure_ascii=False)
    named = {"tool": tool.name, "tool_labels": labels([tool])}
    return [
        thought(turn, position, **named, tool_input=arguments[: len(arguments) // 2]),
        thought(turn, position, **named, tool_input=arguments),
        thought(turn, position, **named, tool_input=arguments, observation=tool.output),
    ]
