"""The tool calls of Chat Completions: whole ones, and the fragments of a stream."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, JsonValue

from models.llm.odd_fields import Count, Text
from models.llm.reply import ToolCall, refuse_too_many_calls
from models.turns import give_way

# Some vendors send the arguments as an object instead of its JSON text.
type _Written = str | dict[str, JsonValue] | None


class _Function(BaseModel):
    name: str | None = None
    arguments: _Written = None


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
    arguments: _Written = None

    def to_part(self) -> CallPart:
        """Return it as a call of today; its name is its id."""
        function = _Function(name=self.name, arguments=self.arguments)
        return CallPart(index=-1, id=self.name, function=function)


# What counts inside a string of JSON, and outside.
_IN_STRING = re.compile(r'["\\]')
_OUTSIDE = re.compile(r'["{}\[\]]')


@dataclass(slots=True)
class _Arguments:
    """The arguments of a call in pieces. Each is read once, however often one asks."""

    _pieces: list[str] = field(default_factory=list)
    _read: int = 0
    _depth: int = 0
    _in_string: bool = False
    _escaped: bool = False
    _is_object: bool = False
    _is_none: bool = False

    def add(self, piece: str) -> None:
        if piece:
            self._pieces.append(piece)

    def __str__(self) -> str:
        return "".join(self._pieces)

    def are_an_object(self) -> bool:
        """Return whether what has come so far is one JSON object, with nothing behind it."""
        while self._read < len(self._pieces) and not self._is_none:
            self._look_at(self._pieces[self._read])
            self._read += 1
        return self._is_object and not self._is_none

    def _look_at(self, piece: str) -> None:
        if self._depth == 0 and (piece := piece.strip()):
            self._is_none = self._is_object or not piece.startswith("{")
        at = 0
        while at < len(piece) and not self._is_none:
            if self._escaped:
                self._escaped = False
                at += 1
                continue
            found = (_IN_STRING if self._in_string else _OUTSIDE).search(piece, at)
            if found is None:
                return
            at = found.end()
            match found[0]:
                case '"':
                    self._in_string = not self._in_string
                case "\\":
                    self._escaped = True
                case "{" | "[":
                    self._depth += 1
                case _:
                    self._depth -= 1
                    self._is_object = self._depth == 0
                    self._is_none = self._is_object and bool(piece[at:].strip())


@dataclass(slots=True)
class _Pieces:
    position: int
    id: str = ""
    name: str = ""
    arguments: _Arguments = field(default_factory=_Arguments)
    custom: bool = False

    def add(self, part: CallPart) -> None:
        self.id = self.id or part.id or ""
        self.name = self.name or _name(part)
        self.arguments.add(_arguments(part))
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
        return name == self.name and not (_arguments(part) and self.arguments.are_an_object())

    def to_call(self) -> ToolCall:
        """Return the call; a function without parameters gets an empty object."""
        arguments = str(self.arguments) or ("" if self.custom else "{}")
        return ToolCall(id=self.id, name=self.name, arguments=arguments)


class CallCollector:
    """Puts the fragments of a stream together: by their index, by their id, or in their order."""

    def __init__(self) -> None:
        self._calls: list[_Pieces] = []
        self._latest: _Pieces | None = None
        self._last_position = -1
        self._characters = 0
        # The latest call at each position, of each id, and of each id at a position.
        self._known: dict[object, _Pieces] = {}

    def add(self, part: CallPart) -> None:
        """Take the next fragment in. Raises ServiceError for more than Dify can take."""
        give_way()
        pieces = self._continued(part)
        if pieces is None:
            pieces = _Pieces(self._last_position + 1 if part.index is None else part.index)
            self._last_position = max(self._last_position, pieces.position)
            self._calls.append(pieces)
            self._known[pieces.position] = pieces
        self._latest = pieces
        known = len(pieces.id) + len(pieces.name)
        if not pieces.id and part.id:
            self._known[part.id] = self._known[pieces.position, part.id] = pieces
        pieces.add(part)
        self._characters += len(pieces.id) + len(pieces.name) - known + len(_arguments(part))
        refuse_too_many_calls(len(self._calls), self._characters)

    def to_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls in the order of their index, and else of their coming."""
        return tuple(call.to_call() for call in sorted(self._calls, key=lambda call: call.position))

    def _continued(self, part: CallPart) -> _Pieces | None:
        """Return the call that a fragment goes on with, None for the first of a new one."""
        anywhere = part.index is None
        current = self._latest if anywhere else self._known.get(part.index)
        if part.id:
            named = self._known.get(part.id if anywhere else (part.index, part.id))
            if named is None and anywhere:
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
