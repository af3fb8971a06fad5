"""Stored chat completions: what is kept of one, and the calls that list, read, tag and delete."""

import re
import time
import uuid

from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import invalid_request, not_stored
from fakes.openai.json_types import JsonObject
from fakes.openai.paging import page, requested_limit, requested_order, to_list
from fakes.openai.replies import json_reply
from fakes.openai.rules import check_metadata_limits
from fakes.openai.store import Selection, StoredRecord
from fakes.openai.text_api import GenerationRequest
from fakes.openai.wire import Reply

_METADATA_FILTER = re.compile(r"metadata\[(.+)\]")
# What a stored completion repeats of its request, with the service's default.
_REPEATED = {
    "tool_choice": None,
    "tools": None,
    "response_format": None,
    "seed": None,
    "temperature": 1.0,
    "top_p": 1.0,
    "presence_penalty": 0.0,
    "frequency_penalty": 0.0,
}


def to_stored(request: GenerationRequest, completion: JsonObject) -> StoredRecord:
    """Return what is kept of a completion: the object, its request's settings and metadata."""
    record = {key: value for key, value in completion.items() if key != "obfuscation"}
    record |= {
        "request_id": f"req_{uuid.uuid4().hex}",
        "input_user": request.body.get("user"),
        "metadata": request.metadata,
    }
    for name, default in _REPEATED.items():
        sent = request.body.get(name)
        record[name] = default if sent is None else sent
    created = int(completion.get("created") or time.time())
    messages = [
        _to_message(completion["id"], *item) for item in enumerate(request.body["messages"])
    ]
    return StoredRecord(
        completion["id"], created, completion["model"], request.metadata, record, messages
    )


def list_completions(sandbox: Sandbox, call: Call) -> Reply:
    """Answer GET /chat/completions."""
    selection = Selection(
        metadata={
            match.group(1): value
            for name, value in call.query.items()
            if (match := _METADATA_FILTER.fullmatch(name))
        },
        model=call.query.get("model"),
        after=call.query.get("after"),
        limit=requested_limit(call),
        order=requested_order(call, "asc"),
    )
    try:
        found = sandbox.store.select(call.account.key, "chat", selection)
    except LookupError:
        raise _not_found(str(selection.after)) from None
    records = [stored.record for stored in found[: selection.limit]]
    return json_reply(call, to_list(records, has_more=len(found) > selection.limit))


def get_completion(sandbox: Sandbox, call: Call) -> Reply:
    """Answer GET /chat/completions/{id}."""
    return json_reply(call, _stored(sandbox, call).record)


def update_completion(sandbox: Sandbox, call: Call) -> Reply:
    """Answer POST /chat/completions/{id}: replace the metadata."""
    body = call.json_object()
    if "metadata" not in body:
        message = "Missing required parameter: 'metadata'."
        raise invalid_request(message, "metadata", "missing_required_parameter")
    metadata = body["metadata"] or {}
    check_metadata_limits(metadata)
    identifier = call.path_names["id"]
    if not sandbox.store.set_metadata(call.account.key, identifier, metadata):
        raise _not_found(identifier)
    return get_completion(sandbox, call)


def delete_completion(sandbox: Sandbox, call: Call) -> Reply:
    """Answer DELETE /chat/completions/{id}."""
    identifier = call.path_names["id"]
    if not sandbox.store.delete(call.account.key, "chat", identifier):
        raise _not_found(identifier)
    return json_reply(
        call, {"object": "chat.completion.deleted", "id": identifier, "deleted": True}
    )


def list_messages(sandbox: Sandbox, call: Call) -> Reply:
    """Answer GET /chat/completions/{id}/messages: what was sent in."""
    return json_reply(call, page(call, _stored(sandbox, call).input, "asc"))


def _stored(sandbox: Sandbox, call: Call) -> StoredRecord:
    identifier = call.path_names["id"]
    stored = sandbox.store.get(call.account.key, "chat", identifier)
    if stored is None:
        raise _not_found(identifier)
    return stored


def _not_found(identifier: str) -> Exception:
    return not_stored("Chat completion", identifier)


def _to_message(completion_id: str, index: int, message: JsonObject) -> JsonObject:
    """Return a message as the service lists it: parts beside a null content."""
    content = message.get("content")
    parts = content if isinstance(content, list) else None
    return {
        "name": None,
        **message,
        "id": f"{completion_id}-{index}",
        "content": None if parts is not None else content,
        "content_parts": parts,
    }
