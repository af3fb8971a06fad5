"""The tool calls of Chat Completions: whole ones, and the fragments of a stream."""

import json
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from models.llm.reply import ToolCall

# Some vendors send the arguments as an object instead of its JSON text.
type _Arguments = str | dict[str, JsonValue] | None


class _Function(BaseModel):
    name: str | None = None
    arguments: _Arguments = None


class _Custom(BaseModel):
    name: str | None = None
    input: str | None = None


class CallPart(BaseModel):
    """A call or a fragment of one. `index` says which; some vendors leave it out."""

    index: int | None = None
    id: str | None = None
    function: _Function | None = None
    custom: _Custom | None = None


class LegacyCall(BaseModel):
    """`function_call`, the form before there were tools; it has no id."""

    name: str | None = None
    arguments: _Arguments = None

    def to_part(self) -> CallPart:
        """Return it as a call of today; its name is its id."""
        function = _Function(name=self.name, arguments=self.arguments)
        return CallPart(index=-1, id=self.name, function=function)


@dataclass(slots=True)
class _Pieces:
    id: str = ""
    name: str = ""
    arguments: str = ""
    custom: bool = False

    def to_call(self) -> ToolCall:
        """Return the call; a function without parameters gets an empty object."""
        arguments = self.arguments if self.custom else self.arguments or "{}"
        return ToolCall(id=self.id, name=self.name, arguments=arguments)


class CallCollector:
    """Puts fragments together by their index, or one after the other where they have none."""

    def __init__(self) -> None:
        self._calls: dict[int, _Pieces] = {}

    def add(self, part: CallPart) -> None:
        """Take the next fragment in."""
        pieces = self._calls.setdefault(self._position(part), _Pieces())
        pieces.id = pieces.id or part.id or ""
        if part.function is not None:
            pieces.name = pieces.name or part.function.name or ""
            pieces.arguments += _text(part.function.arguments)
        if part.custom is not None:
            pieces.custom = True
            pieces.name = pieces.name or part.custom.name or ""
            pieces.arguments += part.custom.input or ""

    def to_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order of their index."""
        return tuple(pieces.to_call() for _, pieces in sorted(self._calls.items()))

    def _position(self, part: CallPart) -> int:
        if part.index is not None:
            return part.index
        last = max(self._calls, default=-1)
        return last + 1 if part.id or last < 0 else last


def _text(arguments: str | dict[str, JsonValue] | None) -> str:
    return json.dumps(arguments) if isinstance(arguments, dict) else arguments or ""
