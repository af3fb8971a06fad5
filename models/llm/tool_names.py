"""The names of tools on the way: Dify allows any, the services a few letters, 64 of them.

A name that is not allowed travels as what is left of it and a digest of the whole: the same in
definitions, history and choices without anybody keeping a list, and no two are alike.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from dify_plugin.entities.model.message import PromptMessageTool

from models.llm.reply import ToolCall

# API reference, `tools.function.name`; langgenius/dify#22867, CherryHQ/cherry-studio#2895.
_ALLOWED = re.compile(r"[A-Za-z0-9_-]{1,64}")
_OTHERS = re.compile(r"[^A-Za-z0-9-]+")
_LONGEST_REST = 51
_DIGITS = 12


def allowed_name(name: str) -> str:
    """Return the name under which a tool of this name travels: its own where that is allowed."""
    if _ALLOWED.fullmatch(name):
        return name
    rest = _OTHERS.sub("_", name).strip("_")[:_LONGEST_REST] or "tool"
    return f"{rest}_{sha256(name.encode()).hexdigest()[:_DIGITS]}"


def with_own_names(
    calls: tuple[ToolCall, ...], tools: Sequence[PromptMessageTool]
) -> tuple[ToolCall, ...]:
    """Return the calls of an answer under the names that the app gave its tools."""
    own = {allowed_name(tool.name): tool.name for tool in tools}
    return tuple(replace(call, name=own.get(call.name, call.name)) for call in calls)
