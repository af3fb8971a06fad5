"""Events as a Dify app sends them, with the ids of one turn."""

from typing import Any

type Json = dict[str, Any]

IDS = {"conversation_id": "c-1", "message_id": "m-1", "task_id": "t-1"}


def event(name: str, **fields: Any) -> Json:
    """Return an event."""
    return {"event": name, **IDS, **fields}


def say(text: object, name: str = "message", **fields: Any) -> Json:
    """Return an event with text."""
    return event(name, answer=text, **fields)


def agent(text: object) -> Json:
    """Return a piece of an agent's text."""
    return say(text, "agent_message")


def think(key: object = "s-1", **fields: Any) -> Json:
    """Return a snapshot of an agent's step."""
    return event("agent_thought", id=key, **fields)


def started(**inputs: str) -> Json:
    """Return the start of a workflow."""
    return event("workflow_started", workflow_run_id="r-1", data={"inputs": inputs})


def workflow(status: object = "succeeded", **data: Any) -> Json:
    """Return the end of a workflow."""
    return event("workflow_finished", data={"status": status, **data})


END = event("message_end", metadata={})
STARTED = started()
TOOL = think(tool="search", tool_input='{"search": {}}', observation='{"search": "x"}')


def answer_events(text: str = "Sunny.", **end: Any) -> list[Json]:
    """Return the events of a chatbot that says `text`."""
    return [say(text), {**END, **end}]
