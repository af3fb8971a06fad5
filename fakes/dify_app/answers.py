"""What an app answers: rules that read the conversation, so that an answer proves its memory."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fakes.dify_app.store import Message
from fakes.openai.json_types import JsonObject
from fakes.openai.steps import in_words

_MOST_PIECES = 1000
_LONGEST_DELAY_MS = 10_000
_FACT = re.compile(r'remember: my ([\w ]+?) is ([^\n."]+)', re.IGNORECASE)
_TOOL = re.compile(r"[\s;]*([\w.-]+)\s*")


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool and what it gave back, as text."""

    name: str
    arguments: JsonObject
    output: str


@dataclass(frozen=True, slots=True)
class Script:
    """An answer before it takes the form of an app's mode.

    `preface` is what an agent says before it uses its tools; `delay_seconds` passes before each
    piece of text.
    """

    pieces: tuple[str, ...]
    tools: tuple[ToolUse, ...] = ()
    preface: str = ""
    delay_seconds: float = 0.0

    @property
    def text(self) -> str:
        """The answer after the tools."""
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Memory:
    """What an answer may draw on: the turns before this one, and the app's inputs."""

    history: Sequence[Message]
    inputs: JsonObject
    has_tools: bool


def compose(query: str, memory: Memory) -> Script:
    """Return the answer of the first rule that fits the query, an echo without one."""
    for pattern, answer in _RULES:
        if match := pattern.search(query):
            return answer(match, memory)
    return _say(f"Echo: {query}")


def _say(text: str) -> Script:
    return Script(in_words(text))


def _recall(match: re.Match[str], memory: Memory) -> Script:
    """Answer from what was to be remembered: in this conversation, or earlier in this query."""
    wanted = match[1].strip().lower()
    queries = [*(message.query for message in memory.history), match.string]
    facts = [fact for query in queries for fact in _FACT.findall(query)]
    values = [value.strip() for name, value in facts if name.lower() == wanted]
    if not values:
        return _say(f"I do not know your {wanted}.")
    return _say(f"Your {wanted} is {values[-1]}.")


def _count(_match: re.Match[str], memory: Memory) -> Script:
    count = len(memory.history) + 1
    return _say(f"You have sent {count} message{'s' if count > 1 else ''}.")


def _last_answer(_match: re.Match[str], memory: Memory) -> Script:
    if not memory.history:
        return _say("I have not answered yet.")
    return _say(f"My last answer was: {memory.history[-1].answer}")


def _input(match: re.Match[str], memory: Memory) -> Script:
    return _say(f"The input {match[1]} is {memory.inputs.get(match[1], 'not set')}.")


def _learn(match: re.Match[str], _memory: Memory) -> Script:
    return _say(f"I will remember that your {match[1].strip()} is {match[2].strip()}.")


def _verbatim(match: re.Match[str], _memory: Memory) -> Script:
    return _say(match[1])


def _slow(match: re.Match[str], _memory: Memory) -> Script:
    count = min(int(match[1]), _MOST_PIECES)
    delay = min(int(match[2]), _LONGEST_DELAY_MS) / 1000
    return Script(tuple(f"{number} " for number in range(1, count + 1)), delay_seconds=delay)


def _use_tools(match: re.Match[str], memory: Memory) -> Script:
    if not memory.has_tools:
        return _say("I have no tools.")
    tools = _tools_in(match[1])
    results = " ".join(f"{tool.name}: {tool.output}" for tool in tools)
    script = _say(f"The tools say {results}" if tools else "You named no tool.")
    names = ", ".join(tool.name for tool in tools)
    return replace(script, tools=tools, preface=f"I will ask {names}. ") if tools else script


def _tools_in(text: str) -> tuple[ToolUse, ...]:
    """Parse `name {"key": "value"}; name`: each name with its arguments, where it has some."""
    tools = []
    position = 0
    decoder = json.JSONDecoder()
    while match := _TOOL.match(text, position):
        position = match.end()
        arguments: JsonObject = {}
        if text.startswith("{", position):
            try:
                arguments, position = decoder.raw_decode(text, position)
            except ValueError:
                break
        tools.append(ToolUse(match[1], arguments, _output_of(arguments)))
    return tuple(tools)


def _output_of(arguments: JsonObject) -> str:
    """Return what every tool gives back: JSON text that repeats what it was asked."""
    return json.dumps({"asked": arguments}, ensure_ascii=False)


type _Rule = Callable[[re.Match[str], Memory], Script]

# Questions come first and may end a longer text: a transcript that is sent as one query.
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
    for pattern, answer in (
        (r"what is the input (\w+)\?\s*$", _input),
        (r"what is my ([\w ]+)\?\s*$", _recall),
        (r"how many messages have i sent\?\s*$", _count),
        (r"what was your last answer\?\s*$", _last_answer),
        (r"^say: (.*)", _verbatim),
        (r"^slow: (\d+) x (\d+) ms", _slow),
        (r"^tools: (.*)", _use_tools),
        (_FACT.pattern, _learn),
    )
)
