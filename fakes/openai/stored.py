"""Stored completions and responses: what is kept of one, and the calls that read and change it.

Calls and shapes follow openapi.json and the API reference of OpenAI (platform.openai.com/docs/
api-reference/chat/list, …/responses/input-items). The service has no call that lists responses.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Literal

from fakes.openai.call import Call
from fakes.openai.errors import ServiceError, invalid_request, not_stored
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply
from fakes.openai.rules import apply, published
from fakes.openai.schema_errors import schema_refusal
from fakes.openai.store import Kind, StoredRecord
from fakes.openai.wire import Reply

_METADATA_FILTER = re.compile(r"metadata\[(.+)\]")
_DEFAULT_LIMIT = 20
_UPDATE_RULES = (published("UpdateChatCompletion"),)
_DELETED = {"chat": "chat.completion.deleted", "response": "response"}
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


def kept_completion(body: JsonObject, completion: JsonObject) -> StoredRecord:
    """Return a completion with its request's settings, and the messages as they are listed."""
    record = completion | {
        "request_id": f"req_{uuid.uuid4().hex}",
        "input_user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }
    for name, default in _REPEATED.items():
        sent = body.get(name)
        record[name] = default if sent is None else sent
    messages = []
    for index, message in enumerate(body["messages"]):
        content = message.get("content")
        parts = content if isinstance(content, list) else None
        told = {"content": None if parts else content, "content_parts": parts}
        messages.append({"name": None, **message, "id": f"{completion['id']}-{index}", **told})
    return StoredRecord(record, messages)


def kept_response(body: JsonObject, response: JsonObject) -> StoredRecord:
    """Return a response with its metadata, and the input items as they are listed."""
    sent = body.get("input") or []
    items = [{"role": "user", "content": sent}] if isinstance(sent, str) else sent
    suffix = str(response["id"]).removeprefix("resp_")
    listed = [_to_item(item, f"{suffix}{index:02d}") for index, item in enumerate(items)]
    record = response | {"store": True, "metadata": body.get("metadata") or {}}
    return StoredRecord(record, listed)


def list_completions(call: Call) -> Reply:
    """Answer with the completions that have every pair and the model that the query names."""
    pairs = {
        match.group(1): value
        for name, value in call.query.items()
        if (match := _METADATA_FILTER.fullmatch(name))
    }
    model, after = call.query.get("model"), call.query.get("after")
    newest_first, limit = _page_asked(call, "asc")
    store, key = call.state.store, call.account.key
    try:
        listed = store.records(key, "chat", after, newest_first=newest_first)
    except LookupError:
        raise _no_object(after) from None
    fitting = (
        record
        for record in listed
        if pairs.items() <= record["metadata"].items() and model in (None, record.get("model"))
    )
    return _list(call, fitting, limit)


def list_input(kind: Kind, call: Call) -> Reply:
    """Answer with what was sent in; Responses lists the last item first unless asked otherwise."""
    listed = _stored(call, kind).input
    newest_first, limit = _page_asked(call, "asc" if kind == "chat" else "desc")
    ordered = listed[::-1] if newest_first else listed
    if after := call.query.get("after"):
        ids = [item["id"] for item in ordered]
        if after not in ids:
            raise _no_object(after)
        ordered = ordered[ids.index(after) + 1 :]
    return _list(call, iter(ordered), limit)


def get_stored(kind: Kind, call: Call) -> Reply:
    """Answer with a record."""
    return json_reply(call, _stored(call, kind).record)


def update_completion(call: Call) -> Reply:
    """Replace the metadata of a completion."""
    body = call.json_object()
    apply(_UPDATE_RULES, call, body)
    key, identifier = call.account.key, call.identifier
    call.state.store.set_metadata(key, "chat", identifier, body["metadata"] or {})
    return get_stored("chat", call)


def delete_stored(kind: Kind, call: Call) -> Reply:
    """Delete a record."""
    identifier = call.identifier
    if not call.state.store.delete(call.account.key, kind, identifier):
        raise not_stored(identifier)
    return json_reply(call, {"object": _DELETED[kind], "id": identifier, "deleted": True})


def _stored(call: Call, kind: Kind) -> StoredRecord:
    stored = call.state.store.get(call.account.key, kind, call.identifier)
    if stored is None:
        raise not_stored(call.identifier)
    return stored


def _to_item(item: JsonObject, suffix: str) -> JsonObject:
    """Return an input item as the service lists it: with an id, a status and parts."""
    if item.get("type", "message") != "message":
        return {"id": f"item_{suffix}", "status": "completed", **item}
    content = item["content"]
    if isinstance(content, str):
        by_model = item["role"] == "assistant"
        text: JsonObject = {"type": "output_text" if by_model else "input_text", "text": content}
        content = [text | {"annotations": [], "logprobs": []} if by_model else text]
    kept = {"id": f"msg_{suffix}", "type": "message", "status": "completed", **item}
    return kept | {"content": content}


def _page_asked(call: Call, default: Literal["asc", "desc"]) -> tuple[bool, int]:
    """Return whether the query asks for the newest first, and for how many."""
    query: JsonObject = dict(call.query)
    with suppress(KeyError, ValueError):
        query["limit"] = int(query["limit"])
    if violation := call.state.schema.violation("ListQuery", query):
        raise schema_refusal(violation)
    return query.get("order", default) == "desc", query.get("limit", _DEFAULT_LIMIT)


def _no_object(identifier: str | None) -> ServiceError:
    return invalid_request(f"No object with id '{identifier}' found.", "after", status=404)


def _list(call: Call, objects: Iterator[JsonObject], limit: int) -> Reply:
    """Answer with the page that these objects begin with."""
    found = list(islice(objects, limit + 1))
    page = found[:limit]
    answer = {
        "object": "list",
        "data": page,
        "first_id": page[0]["id"] if page else None,
        "last_id": page[-1]["id"] if page else None,
        "has_more": len(found) > limit,
    }
    return json_reply(call, answer)
