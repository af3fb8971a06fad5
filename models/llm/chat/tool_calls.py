"""The tool calls of Chat Completions: whole ones, and the fragments of a stream."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, JsonValue

from models.llm.odd_fields import Count, Text
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
    """A call or a fragment of one. `index` says which; some vendors leave it out or send 0."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    index: Count = None
    id: Text = None
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
    position: int
    id: str = ""
    name: str = ""
    arguments: str = ""
    custom: bool = False

    def add(self, part: CallPart) -> None:
        self.id = self.id or part.id or ""
        self.name = self.name or _name(part)
        self.arguments += _arguments(part)
        self.custom = self.custom or part.custom is not None

    def goes_on_with(self, part: CallPart) -> bool:
        """Return whether a part without a place of its own belongs to this call.

        Some vendors repeat the name in every fragment, others make up an id for each
        (vllm-project/vllm#23522) or send one index for all calls (vercel/ai#14277), so none of
        them alone begins a call.
        """
        name = _name(part)
        if not name or not self.name:
            return True
        if part.id and self.id and part.id != self.id:
            return False
        return name == self.name and not (_is_object(self.arguments) and _arguments(part))

    def to_call(self) -> ToolCall:
        """Return the call; a function without parameters gets an empty object."""
        arguments = self.arguments if self.custom else self.arguments or "{}"
        return ToolCall(id=self.id, name=self.name, arguments=arguments)


class CallCollector:
    """Puts the fragments of a stream together: by their index, by their id, or in their order."""

    def __init__(self) -> None:
        self._calls: list[_Pieces] = []
        self._latest: _Pieces | None = None

    def add(self, part: CallPart) -> None:
        """Take the next fragment in."""
        pieces = self._continued(part)
        if pieces is None:
            last = max((call.position for call in self._calls), default=-1)
            pieces = _Pieces(last + 1 if part.index is None else part.index)
            self._calls.append(pieces)
        self._latest = pieces
        pieces.add(part)

    def to_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order of their index, and else of their coming."""
        return tuple(call.to_call() for call in sorted(self._calls, key=lambda call: call.position))

    def _continued(self, part: CallPart) -> _Pieces | None:
        """Return the call that a fragment goes on with, None for the first of a new one."""
        if part.index is None:
            candidates = self._calls
            current = self._latest
        else:
            candidates = [call for call in self._calls if call.position == part.index]
            current = candidates[-1] if candidates else None
        if part.id:
            named = next((call for call in reversed(candidates) if call.id == part.id), None)
            if named is None and part.index is None:
                return None
            current = named or current
        return current if current is not None and current.goes_on_with(part) else None


def whole_calls(parts: Iterable[CallPart]) -> tuple[ToolCall, ...]:
    """Return the calls of an answer in one piece, where each part is one."""
    calls: list[ToolCall] = []
    for position, part in enumerate(parts):
        pieces = _Pieces(position)
        pieces.add(part)
        calls.append(pieces.to_call())
    return tuple(calls)


def _name(part: CallPart) -> str:
    named = part.function or part.custom
    return (named and named.name) or ""


def _arguments(part: CallPart) -> str:
    if part.custom is not None:
        return part.custom.input or ""
    arguments = part.function.arguments if part.function is not None else None
    return json.dumps(arguments) if isinstance(arguments, dict) else arguments or ""


def _is_object(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except (ValueError, RecursionError):
        return False
