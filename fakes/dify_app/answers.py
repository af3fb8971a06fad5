"""What an app answers: rules that read the conversation, so that an answer proves its memory."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fakes.openai.json_types import JsonObject

_FACT = re.compile(r'remember: my ([\w ]+?) is ([^\n."]+)', re.IGNORECASE)
_TOOL = re.compile(r"[\s;]*([\w.-]+)\s*")


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool, which gives back what it was asked."""

    name: str
    arguments: JsonObject

    @property
    def output(self) -> str:
        """What it gave back."""
        return json.dumps({"asked": self.arguments}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Script:
    """An answer before it takes the form of an app's mode.

    `preface` is what an agent says before it uses its tools, `text` what is said after them.
    """

    text: str
    tools: tuple[ToolUse, ...] = ()
    preface: str = ""

    @property
    def pieces(self) -> list[str]:
        """The text as it is streamed: words with the space before them."""
        return [piece for piece in re.split(r"(?= )", self.text) if piece]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an answer may draw on: all queries of the conversation, the newest last, and inputs."""

    queries: Sequence[str]
    inputs: JsonObject
    has_tools: bool


def compose(asked: Asked) -> Script:
    """Return the answer of the first rule that fits the newest query, an echo without one."""
    query = asked.queries[-1]
    for pattern, answer in _RULES:
        if match := pattern.search(query):
            return answer(match, asked)
    return Script(f"Echo: {query}")


def _recall(match: re.Match[str], asked: Asked) -> Script:
    """Answer from what was to be remembered in this conversation, the newest fact first."""
    wanted = match[1].strip().lower()
    facts = [fact for query in asked.queries for fact in _FACT.findall(query)]
    known = {name.lower(): value.strip() for name, value in facts}
    if wanted not in known:
        return Script(f"I do not know your {wanted}.")
    return Script(f"Your {wanted} is {known[wanted]}.")


def _count(_match: re.Match[str], asked: Asked) -> Script:
    count = len(asked.queries)
    return Script(f"You have sent {count} message{'s' if count > 1 else ''}.")


def _input(match: re.Match[str], asked: Asked) -> Script:
    return Script(f"The input {match[1]} is {asked.inputs.get(match[1], 'not set')}.")


def _say(match: re.Match[str], _asked: Asked) -> Script:
    return Script(match[1])


def _learn(match: re.Match[str], _asked: Asked) -> Script:
    return Script(f"I will remember that your {match[1].strip()} is {match[2].strip()}.")


def _use_tools(match: re.Match[str], asked: Asked) -> Script:
    """Use tools given as `name {"key": "value"}; name`."""
    if not asked.has_tools:
        return Script("I have no tools.")
    tools: list[ToolUse] = []
    arguments: JsonObject
    position, decoder = 0, json.JSONDecoder()
    while found := _TOOL.match(match[1], position):
        position, arguments = found.end(), {}
        if match[1].startswith("{", position):
            try:
                arguments, position = decoder.raw_decode(match[1], position)
            except ValueError:
                return Script("I cannot read the arguments of a tool.")
        tools.append(ToolUse(found[1], arguments))
    names = ", ".join(tool.name for tool in tools)
    said = " ".join(f"{tool.name}: {tool.output}" for tool in tools)
    return Script(f"The tools say {said}", tuple(tools), f"I will ask {names}. ")


type _Rule = Callable[[re.Match[str], Asked], Script]

# Questions come first and may end a longer text: a transcript that is sent as one query.
_RULES: tuple[tuple[re.Pattern[str], _Rule], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
    for pattern, answer in (
        (r"what is the input (\w+)\?\s*$", _input),
        (r"what is my ([\w ]+)\?\s*$", _recall),
        (r"how many messages have i sent\?\s*$", _count),
        (r"^say: (.*)", _say),
        (r"^tools: (.*)", _use_tools),
        (_FACT.pattern, _learn),
    )
)
