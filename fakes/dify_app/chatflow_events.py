"""The stream of a chatflow: the run, its nodes, and the text while its model node runs.

Order and keys are those of stream 03, which sends a ping before all else.
"""

import json
import time
import uuid
from collections.abc import Iterator

from fakes.dify_app.events import ChatEvents
from fakes.openai.json_types import JsonObject

type _Node = tuple[str, str, str]  # its id, its type and its title

_START: _Node = ("start", "start", "User Input")
_MODEL: _Node = ("llm", "llm", "LLM")
_ANSWER: _Node = ("answer", "answer", "Answer")


class ChatflowEvents(ChatEvents):
    """The stream of a start node, a node for each tool, a model node and an answer node."""

    def body(self) -> Iterator[JsonObject]:
        """Yield the run up to the last text."""
        variables = self._system_variables()
        yield self._run(
            "workflow_started",
            inputs=self.turn.inputs | variables,
            created_at=self.turn.message.created,
            reason="initial",
        )
        yield self._node_started(_START)
        yield self._node_finished(_START, inputs=variables, outputs=variables)
        for number, tool in enumerate(self.script.tools):
            node = (f"tool-{number}", "tool", tool.name)
            outputs = {"text": tool.output, "files": [], "json": [json.loads(tool.output)]}
            yield self._node_started(node)
            yield self._node_finished(node, inputs=tool.arguments, outputs=outputs)
        yield self._node_started(_MODEL)
        for piece in self.script.pieces:
            yield self.text("message", piece, from_variable_selector=[_MODEL[0], "text"])

    def closing(self) -> Iterator[JsonObject]:
        """Yield the rest of the run; both ends come (recording 50)."""
        yield self._node_finished(_MODEL, outputs={"text": self.script.text})
        yield self._node_started(_ANSWER)
        yield self._node_finished(_ANSWER, outputs={"answer": self.script.text, "files": []})
        yield self.message_end()
        yield self._run_finished("succeeded", outputs={"answer": self.script.text, "files": []})

    def stopped(self) -> Iterator[JsonObject]:
        """Yield the end of a run that was stopped: no `message_end` comes (recording 86)."""
        yield self._run_finished("stopped", error="Stopped by user.")

    @property
    def _workflow_id(self) -> str:
        """The published version of the app."""
        return str(uuid.uuid5(uuid.UUID(self.turn.app.id), "workflow"))

    def _system_variables(self) -> JsonObject:
        return {
            "sys.files": [],
            "sys.user_id": self.turn.task.user.session,
            "sys.app_id": self.turn.app.id,
            "sys.workflow_id": self._workflow_id,
            "sys.workflow_run_id": self.turn.derived_id("run"),
            "sys.query": self.turn.message.query,
            "sys.dialogue_count": len(self.turn.conversation.messages),
        }

    def _node_started(self, node: _Node) -> JsonObject:
        return self._node("node_started", node, inputs=None, extras={}, agent_strategy=None)

    def _node_finished(self, node: _Node, **fields: object) -> JsonObject:
        data: JsonObject = {
            "inputs": {},
            "process_data": {},
            "process_data_truncated": False,
            "outputs": {},
            "outputs_truncated": False,
            "status": "succeeded",
            "error": None,
            "elapsed_time": 0.001,
            "execution_metadata": None,
            "finished_at": int(time.time()),
            "files": [],
        }
        return self._node("node_finished", node, **(data | fields))

    def _node(self, name: str, node: _Node, **fields: object) -> JsonObject:
        identifier, kind, title = node
        data = {
            "id": self.turn.derived_id(identifier),
            "node_id": identifier,
            "node_type": kind,
            "title": title,
            "index": 1,
            "predecessor_node_id": None,
            "inputs_truncated": False,
            "created_at": self.turn.message.created,
            "iteration_id": None,
            "loop_id": None,
        }
        return self._event(name, data | fields)

    def _run_finished(self, status: str, **fields: object) -> JsonObject:
        user = self.turn.task.user
        data: JsonObject = {
            "status": status,
            "outputs": {},
            "error": None,
            "elapsed_time": 0.001,
            "total_tokens": self.turn.usage()["total_tokens"],
            "total_steps": 3 + len(self.script.tools),
            "created_by": {"id": user.id, "user": user.session},
            "created_at": self.turn.message.created,
            "finished_at": int(time.time()),
            "exceptions_count": 0,
            "files": [],
        }
        return self._run("workflow_finished", **(data | fields))

    def _run(self, name: str, **fields: object) -> JsonObject:
        ids = {"id": self.turn.derived_id("run"), "workflow_id": self._workflow_id}
        return self._event(name, ids | fields)

    def _event(self, name: str, data: JsonObject) -> JsonObject:
        return self.turn.event(name, workflow_run_id=self.turn.derived_id("run"), data=data)
