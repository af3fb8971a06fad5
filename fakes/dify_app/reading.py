"""The calls around a chat: what an app is, who talked to it, what was said, and forgetting it."""

import datetime
import uuid

from fakes.dify_app.apps import Mode
from fakes.dify_app.call import DifyCall, DifyService
from fakes.dify_app.errors import (
    conversation_not_found,
    end_user_not_found,
    invalid_param,
)
from fakes.dify_app.replies import empty_reply, json_reply
from fakes.dify_app.store import Conversation, EndUser, Message
from fakes.openai.json_types import JsonObject
from fakes.openai.wire import Reply

_DEFAULT_LIMIT, _LARGEST_LIMIT = 20, 100
_WORKSPACE = str(uuid.uuid5(uuid.NAMESPACE_OID, "sandbox workspace"))


async def info(_service: DifyService, call: DifyCall) -> Reply:
    """Answer GET /info."""
    return json_reply(
        {
            "name": call.app.name,
            "description": "",
            "tags": [],
            "mode": call.app.mode,
            "author_name": "sandbox",
        }
    )


async def parameters(_service: DifyService, call: DifyCall) -> Reply:
    """Answer GET /parameters: the inputs that a request must have."""
    form = [
        {"text-input": {"label": name, "variable": name, "required": True, "default": ""}}
        for name in call.app.required_inputs
    ]
    return json_reply(
        {
            "opening_statement": "",
            "suggested_questions": [],
            "suggested_questions_after_answer": {"enabled": False},
            "speech_to_text": {"enabled": False},
            "text_to_speech": {"enabled": False},
            "retriever_resource": {"enabled": call.app.mode is not Mode.AGENT},
            "annotation_reply": {"enabled": False},
            "user_input_form": form,
            "file_upload": {"enabled": False},
            "system_parameters": {},
        }
    )


async def end_user(service: DifyService, call: DifyCall) -> Reply:
    """Answer GET /end-users/{id}: who is behind an id, if this app has seen them."""
    found = service.store.find_end_user(call.app.id, call.path_names["id"])
    if found is None:
        raise end_user_not_found()
    return json_reply(_end_user_to_json(found))


async def conversations(service: DifyService, call: DifyCall) -> Reply:
    """Answer GET /conversations: those of one end user, the newest first."""
    call.check_mode()
    limit = _limit(call)
    found = service.store.conversations(call.user_of_query())
    data = [_conversation_to_json(conversation) for conversation in found[:limit]]
    return json_reply({"limit": limit, "has_more": len(found) > limit, "data": data})


async def messages(service: DifyService, call: DifyCall) -> Reply:
    """Answer GET /messages: the newest turns of a conversation, the oldest of them first."""
    call.check_mode()
    limit = _limit(call)
    identifier = call.query.get("conversation_id")
    if not identifier:
        raise invalid_param("conversation_id is required")
    conversation = _conversation(service, call.user_of_query(), identifier)
    found = service.store.messages(conversation.id)
    data = [_message_to_json(message, conversation) for message in found[-limit:]]
    return json_reply({"limit": limit, "has_more": len(found) > limit, "data": data})


async def delete_conversation(service: DifyService, call: DifyCall) -> Reply:
    """Answer DELETE /conversations/{id}."""
    call.check_mode()
    conversation = _conversation(service, call.user_of_body(), call.path_names["id"])
    service.store.delete_conversation(conversation.id)
    return empty_reply()


def _conversation(service: DifyService, user: EndUser, identifier: str) -> Conversation:
    found = service.store.find_conversation(user, identifier)
    if found is None:
        raise conversation_not_found()
    return found


def _limit(call: DifyCall) -> int:
    """Return how many records to give, 1 to 100."""
    text = call.query.get("limit", str(_DEFAULT_LIMIT))
    if not text.isdecimal() or not 1 <= int(text) <= _LARGEST_LIMIT:
        raise invalid_param(f"limit is a number from 1 to {_LARGEST_LIMIT}, not {text!r}")
    return int(text)


def _end_user_to_json(user: EndUser) -> JsonObject:
    created = datetime.datetime.fromtimestamp(user.created, datetime.UTC)
    at = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "id": user.id,
        "tenant_id": _WORKSPACE,
        "app_id": user.app,
        "type": "service_api",
        "external_user_id": user.session,
        "name": None,
        "is_anonymous": False,
        "session_id": user.session,
        "created_at": at,
        "updated_at": at,
    }


def _conversation_to_json(conversation: Conversation) -> JsonObject:
    return {
        "id": conversation.id,
        "name": conversation.name,
        "inputs": conversation.inputs,
        "status": "normal",
        "introduction": "",
        "created_at": conversation.created,
        "updated_at": conversation.created,
    }


def _message_to_json(message: Message, conversation: Conversation) -> JsonObject:
    return {
        "id": message.id,
        "conversation_id": conversation.id,
        "inputs": conversation.inputs,
        "query": message.query,
        "answer": message.answer,
        "message_files": [],
        "feedback": None,
        "retriever_resources": [],
        "agent_thoughts": [],
        "created_at": message.created,
        "status": message.status,
        "error": None,
    }
