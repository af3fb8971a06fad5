"""The rules of POST /chat-messages: what a body must have, and what an app's mode allows."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from fakes.dify_app.apps import DifyApp, Mode
from fakes.dify_app.errors import (
    bad_request,
    conversation_not_found,
    invalid_fields,
    invalid_param,
    not_found,
)
from fakes.dify_app.store import Conversation, ConversationStore, EndUser
from fakes.openai.json_types import JsonObject

_MISSING = "Field required"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A body that has what it must; an absent `response_mode` means blocking."""

    query: str
    inputs: JsonObject
    conversation_id: str | None
    workflow_id: str | None
    streams: bool
    names_conversation: bool


def parse_chat_request(body: JsonObject) -> ChatRequest:
    """Return the request; raise Dify's 400 that names every wrong field."""
    problems = {
        name: problem for name, check in _CHECKS.items() if (problem := check(body.get(name)))
    }
    if problems:
        raise invalid_fields(problems)
    identifier = (body.get("conversation_id") or "").strip()
    return ChatRequest(
        query=body["query"],
        inputs=body["inputs"],
        conversation_id=str(uuid.UUID(identifier)) if identifier else None,
        workflow_id=body.get("workflow_id"),
        streams=body.get("response_mode") == "streaming",
        names_conversation=body.get("auto_generate_name", True),
    )


def check_app(app: DifyApp, request: ChatRequest) -> None:
    """Raise Dify's refusal of what this app cannot do."""
    if not request.streams:
        if app.mode is Mode.AGENT_CHAT:
            raise invalid_param("Agent Chat App does not support blocking mode")
        if app.mode is Mode.AGENT:
            raise bad_request("Agent App does not support blocking mode")
    if app.mode is Mode.ADVANCED_CHAT and request.workflow_id:
        _check_workflow(app, request.workflow_id)
    if not request.query:
        raise invalid_param("query is required")


def find_conversation(
    store: ConversationStore, user: EndUser, request: ChatRequest
) -> Conversation | None:
    """Return the conversation to continue, None to begin one; raise Dify's 404.

    A conversation belongs to one app and one end user; to any other it does not exist.
    """
    if request.conversation_id is None:
        return None
    found = store.find_conversation(user, request.conversation_id)
    if found is None:
        raise conversation_not_found()
    return found


def check_inputs(app: DifyApp, request: ChatRequest) -> None:
    """Raise Dify's 400 of the first required input that is not there."""
    for name in app.required_inputs:
        if request.inputs.get(name) in (None, ""):
            raise invalid_param(f"{name} is required in input form")


def _check_workflow(app: DifyApp, identifier: str) -> None:
    try:
        wanted = str(uuid.UUID(identifier))
    except ValueError:
        raise bad_request(f"Invalid workflow_id format: '{identifier}'.") from None
    if wanted != app.workflow_id:
        raise not_found(f"Workflow not found with id: {identifier}")


def _inputs_problem(value: object) -> str | None:
    if value is None:
        return _MISSING
    return None if isinstance(value, dict) else "Input should be a valid dictionary"


def _query_problem(value: object) -> str | None:
    if value is None:
        return _MISSING
    return None if isinstance(value, str) else "Input should be a valid string"


def _files_problem(value: object) -> str | None:
    lists = value is None or (
        isinstance(value, list) and all(isinstance(item, dict) for item in value)
    )
    return None if lists else "Input should be a valid list"


def _response_mode_problem(value: object) -> str | None:
    if value in (None, "blocking", "streaming"):
        return None
    return "Input should be 'blocking' or 'streaming'"


def _conversation_id_problem(value: object) -> str | None:
    problem = "Value error, conversation_id must be a valid UUID"
    if value is None:
        return None
    if not isinstance(value, str):
        return problem
    try:
        uuid.UUID(value.strip() or str(uuid.NAMESPACE_OID))
    except ValueError:
        return problem
    return None


def _workflow_id_problem(value: object) -> str | None:
    return None if value is None or isinstance(value, str) else "Input should be a valid string"


def _name_problem(value: object) -> str | None:
    return None if value is None or isinstance(value, bool) else "Input should be a valid boolean"


_CHECKS: dict[str, Callable[[object], str | None]] = {
    "inputs": _inputs_problem,
    "query": _query_problem,
    "files": _files_problem,
    "response_mode": _response_mode_problem,
    "conversation_id": _conversation_id_problem,
    "auto_generate_name": _name_problem,
    "workflow_id": _workflow_id_problem,
}
