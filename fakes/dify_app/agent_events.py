"""The stream of a legacy agent app: every model turn is a thought, sent again as it grows.

Follows the runner that calls functions: one thought may hold several calls, with the names joined
and the arguments and results keyed by name, so that of two calls of one tool the last one stays.
"""

import json
from collections.abc import Sequence

from fakes.dify_app.answers import Script, ToolUse
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject


def body(turn: Turn, script: Script) -> list[JsonObject]:
    """Return the thought with the tools, where there are some, then the deltas of the answer."""
    events = _tool_thought(turn, script) if script.tools else []
    events.append(thought(turn, _last_position(script)))
    events += [turn.text_event("agent_message", piece) for piece in script.pieces]
    return [*events, turn.text_event("agent_message", "")]


def closing(turn: Turn, script: Script, answer: str) -> list[JsonObject]:
    """Return the last thought with its text, then the end."""
    last = thought(turn, _last_position(script), thought=script.text)
    return [last, turn.message_end(answer)]


def thought(turn: Turn, position: int, **fields: object) -> JsonObject:
    """Return one state of a thought."""
    empty: JsonObject = {
        "position": position,
        "thought": "",
        "observation": "",
        "tool": "",
        "tool_labels": {},
        "tool_input": "",
        "message_files": [],
    }
    return turn.event(
        "agent_thought", id=turn.derived_id(f"thought {position}"), **(empty | fields)
    )


def labels(tools: Sequence[ToolUse]) -> JsonObject:
    """Return the names of tools as people read them."""
    return {tool.name: {"en_US": tool.name} for tool in tools}


def _tool_thought(turn: Turn, script: Script) -> list[JsonObject]:
    called = {
        "thought": script.preface,
        "tool": ";".join(tool.name for tool in script.tools),
        "tool_labels": labels(script.tools),
        "tool_input": json.dumps(
            {tool.name: tool.arguments for tool in script.tools}, ensure_ascii=False
        ),
    }
    observation = json.dumps({tool.name: tool.output for tool in script.tools}, ensure_ascii=False)
    preface = [turn.text_event("agent_message", script.preface)] if script.preface else []
    return [
        thought(turn, 1),
        *preface,
        thought(turn, 1, **called),
        thought(turn, 1, **called, observation=observation),
    ]


def _last_position(script: Script) -> int:
    return 2 if script.tools else 1
