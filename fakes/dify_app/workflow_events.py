"""The stream of a chatflow: the run, its nodes, and the deltas while its model node runs."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from fakes.dify_app.answers import Script, ToolUse
from fakes.dify_app.errors import DifyError
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject

_STOP_REASON = "Stopped by user."


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    type: str
    title: str


_START = _Node("start", "start", "User Input")
_MODEL = _Node("llm", "llm", "LLM")
_ANSWER = _Node("answer", "answer", "Answer")


def body(turn: Turn, script: Script) -> list[JsonObject]:
    """Return the run up to the last delta: its start, its tool nodes, its model node."""
    variables = _system_variables(turn)
    events = [
        _run_event(
            turn,
            "workflow_started",
            id=turn.workflow_run_id,
            workflow_id=turn.app.workflow_id,
            inputs=turn.request.inputs | variables,
            created_at=turn.message.created,
            reason="initial",
        ),
        _started(turn, _START),
        _finished(turn, _START, inputs=variables, outputs=variables),
    ]
    for number, tool in enumerate(script.tools):
        events += _tool_events(turn, _Node(f"tool-{number}", "tool", tool.name), tool)
    events.append(_started(turn, _MODEL))
    selector = [_MODEL.id, "text"]
    return events + [
        turn.text_event("message", piece, from_variable_selector=selector)
        for piece in script.pieces
    ]


def closing(turn: Turn, script: Script, answer: str) -> list[JsonObject]:
    """Return the end of the run after its last delta."""
    usage = turn.usage(answer)
    outputs = {"text": script.text, "usage": usage, "finish_reason": "stop"}
    return [
        _finished(turn, _MODEL, outputs=outputs, process_data={"usage": usage}),
        _started(turn, _ANSWER),
        _finished(turn, _ANSWER, outputs={"answer": answer, "files": []}),
        turn.message_end(answer, files=[]),
        _run_finished(turn, answer, "succeeded", steps=3 + len(script.tools)),
    ]


def stopped(turn: Turn, answer: str) -> list[JsonObject]:
    """Return what follows a stop: the run says so, the message ends as any other."""
    run = _run_finished(turn, answer, "stopped", error=_STOP_REASON, steps=2)
    return [run, turn.message_end(answer, files=[])]


def failed(turn: Turn, failure: DifyError) -> list[JsonObject]:
    """Return what ends a run whose model node failed: the error is that of the workflow."""
    envelope = DifyError(400, "invalid_param", f"Run failed: {failure.message}").to_json()
    return [
        _finished(turn, _MODEL, status="failed", error=failure.message),
        _run_finished(turn, "", "failed", error=failure.message, steps=2),
        turn.error(envelope),
    ]


def _tool_events(turn: Turn, node: _Node, tool: ToolUse) -> list[JsonObject]:
    outputs = {"text": tool.output, "files": [], "json": _json_of(tool.output)}
    return [
        _started(turn, node),
        _finished(turn, node, inputs=tool.arguments, outputs=outputs),
    ]


def _json_of(text: str) -> list[object]:
    try:
        return [json.loads(text)]
    except ValueError:
        return []


def _system_variables(turn: Turn) -> JsonObject:
    return {
        "sys.files": [],
        "sys.user_id": turn.task.user.session,
        "sys.app_id": turn.app.id,
        "sys.workflow_id": turn.app.workflow_id,
        "sys.workflow_run_id": turn.workflow_run_id,
        "sys.query": turn.request.query,
        "sys.conversation_id": turn.conversation.id,
        "sys.dialogue_count": len(turn.history) + 1,
    }


def _started(turn: Turn, node: _Node) -> JsonObject:
    return _node_event(
        turn,
        "node_started",
        node,
        inputs=None,
        inputs_truncated=False,
        extras={},
        agent_strategy=None,
    )


def _finished(turn: Turn, node: _Node, **fields: object) -> JsonObject:
    data: JsonObject = {
        "inputs": {},
        "inputs_truncated": False,
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
    return _node_event(turn, "node_finished", node, **(data | fields))


def _node_event(turn: Turn, name: str, node: _Node, **data: object) -> JsonObject:
    return _run_event(
        turn,
        name,
        id=turn.derived_id(node.id),
        node_id=node.id,
        node_type=node.type,
        title=node.title,
        index=1,
        predecessor_node_id=None,
        created_at=turn.message.created,
        iteration_id=None,
        loop_id=None,
        **data,
    )


def _run_finished(
    turn: Turn, answer: str, status: str, steps: int, error: str | None = None
) -> JsonObject:
    files: Sequence[JsonObject] = []
    usage = turn.usage(answer)
    return _run_event(
        turn,
        "workflow_finished",
        id=turn.workflow_run_id,
        workflow_id=turn.app.workflow_id,
        status=status,
        outputs={"answer": answer, "files": files} if status == "succeeded" else {},
        error=error,
        elapsed_time=usage["latency"],
        total_tokens=usage["total_tokens"],
        total_steps=steps,
        created_by={"id": turn.task.user.id, "user": turn.task.user.session},
        created_at=turn.message.created,
        finished_at=int(time.time()),
        exceptions_count=0,
        files=files,
    )


def _run_event(turn: Turn, name: str, **data: object) -> JsonObject:
    return turn.event(name, workflow_run_id=turn.workflow_run_id, data=data)
