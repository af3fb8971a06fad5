"""The streams of chatbots and agents: which events, in which order, with which keys."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from fakes.dify_app.answers import Script, ToolUse
from fakes.dify_app.apps import Conversation, DifyApp, Message, Task
from fakes.openai.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that the app has taken."""

    app: DifyApp
    conversation: Conversation
    message: Message
    task: Task
    inputs: JsonObject

    def event(self, name: str, **fields: object) -> JsonObject:
        """Return an event with the keys that all have."""
        return {
            "event": name,
            "conversation_id": self.conversation.id,
            "message_id": self.message.id,
            "created_at": self.message.created,
            "task_id": self.task.id,
            **fields,
        }

    def usage(self) -> JsonObject:
        """Return the usage so far in words; that of a stopped run is not counted (recording 17)."""
        said = [text for one in self.conversation.messages for text in (one.query, one.answer)]
        *before, answer = (0 if self.task.stopped.is_set() else len(text.split()) for text in said)
        return {
            "prompt_tokens": sum(before),
            "prompt_price_unit": "0.000001",
            "completion_tokens": answer,
            "total_tokens": sum(before) + answer,
            "total_price": "0",
            "currency": "USD",
            "latency": 0.001,
        }

    def derived_id(self, name: str) -> str:
        """Return an id that belongs to this turn and is the same whenever it is asked for."""
        return str(uuid.uuid5(uuid.UUID(self.message.id), name))


class ChatEvents:
    """The stream of a chatbot (stream 07; keys from stream 03)."""

    def __init__(self, turn: Turn, script: Script) -> None:
        """Tell `script` as the answer of `turn`."""
        self.turn = turn
        self.script = script

    def body(self) -> Iterator[JsonObject]:
        """Yield what comes before the ending; the texts in it make the answer."""
        for piece in self.script.pieces:
            yield self.text("message", piece, from_variable_selector=None)

    def closing(self) -> Iterator[JsonObject]:
        """Yield what ends a whole answer."""
        yield self.message_end()

    def stopped(self) -> Iterator[JsonObject]:
        """Yield what ends a stopped run: the event of a whole answer (recordings 17 and 45)."""
        yield self.message_end()

    def text(self, name: str, text: str, **fields: object) -> JsonObject:
        """Return an event that carries text."""
        return self.turn.event(name, id=self.turn.message.id, answer=text, **fields)

    def message_end(self) -> JsonObject:
        """Return the event that closes an answer (stream 01)."""
        metadata: JsonObject = {
            "annotation_reply": None,
            "retriever_resources": [],
            "usage": self.turn.usage(),
        }
        identifier = self.turn.message.id
        return self.turn.event("message_end", id=identifier, metadata=metadata, files=None)


class AgentEvents(ChatEvents):
    """The stream of a legacy agent: each model turn is a thought, sent again as it grows.

    Order and keys from recording 31. One thought may hold several calls, with their names joined
    and arguments and results keyed by name (recording 33), so that of two calls of one tool the
    last one stays (recording 35).
    """

    def body(self) -> Iterator[JsonObject]:
        """Yield the thought that uses tools, where there are some, then the text."""
        if self.script.tools:
            yield from self._tool_thought()
        yield self._last_thought("")
        for piece in (*self.script.pieces, ""):
            yield self.text("agent_message", piece)

    def closing(self) -> Iterator[JsonObject]:
        """Yield the last thought with its text, then the end."""
        yield self._last_thought(self.script.text)
        yield self.message_end()

    def thought(self, position: int, *tools: ToolUse, **fields: object) -> JsonObject:
        """Return one state of a thought."""
        told: JsonObject = {
            "position": position,
            "thought": "",
            "observation": "",
            "tool": ";".join(tool.name for tool in tools),
            "tool_labels": {tool.name: {"en_US": tool.name} for tool in tools},
            "tool_input": "",
            "message_files": [],
        }
        identifier = self.turn.derived_id(f"thought {position}")
        return self.turn.event("agent_thought", id=identifier, **(told | fields))

    def _last_thought(self, text: str) -> JsonObject:
        return self.thought(2 if self.script.tools else 1, thought=text)

    def _tool_thought(self) -> Iterator[JsonObject]:
        tools, preface = self.script.tools, self.script.preface
        given = json.dumps({tool.name: tool.arguments for tool in tools})
        observed = json.dumps({tool.name: tool.output for tool in tools})
        yield self.thought(1)
        for piece in (preface, ""):
            yield self.text("agent_message", piece)
        yield self.thought(1, *tools, thought=preface, tool_input=given)
        yield self.thought(1, *tools, thought=preface, tool_input=given, observation=observed)


class NewAgentEvents(AgentEvents):
    """The stream of a New Agent: a thought for each piece of reasoning and each call, the text,
    then one closing message that repeats the whole answer (docs, guides/agent.mdx; stream 13).

    A stopped run has no closing message: it is published when the run has succeeded (source,
    core/app/apps/agent_app/app_runner.py).
    """

    def body(self) -> Iterator[JsonObject]:
        """Yield the reasoning, the calls with their growing arguments, and the text."""
        yield self.thought(1, thought=self.script.preface)
        for position, tool in enumerate(self.script.tools, 2):
            given = json.dumps(tool.arguments)
            yield self.thought(position, tool, tool_input=given[: len(given) // 2])
            yield self.thought(position, tool, tool_input=given)
            yield self.thought(position, tool, tool_input=given, observation=tool.output)
        for piece in self.script.pieces:
            yield self.text("agent_message", piece)

    def closing(self) -> Iterator[JsonObject]:
        """Yield the whole answer once more, then the end."""
        yield self.text("message", self.script.text, from_variable_selector=None)
        yield self.message_end()
