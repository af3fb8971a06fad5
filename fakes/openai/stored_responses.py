"""Stored responses: what is kept of one, and the calls that read and delete it.

The service has no call that lists them.
"""

from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import not_stored
from fakes.openai.json_types import JsonObject
from fakes.openai.paging import page
from fakes.openai.replies import json_reply
from fakes.openai.store import StoredRecord
from fakes.openai.text_api import GenerationRequest
from fakes.openai.wire import Reply


def to_stored(request: GenerationRequest, response: JsonObject) -> StoredRecord:
    """Return what is kept of a response: the object, its request's metadata and input items."""
    record = response | {"store": True, "metadata": request.metadata}
    sent = request.body.get("input") or []
    items = [{"role": "user", "content": sent}] if isinstance(sent, str) else sent
    suffix = str(response["id"]).removeprefix("resp_")
    kept = [_to_item(item, f"{suffix}{index:02d}") for index, item in enumerate(items)]
    return StoredRecord(
        response["id"],
        int(response["created_at"]),
        response["model"],
        request.metadata,
        record,
        kept,
    )


def get_response(sandbox: Sandbox, call: Call) -> Reply:
    """Answer GET /responses/{id}."""
    return json_reply(call, _stored(sandbox, call).record)


def delete_response(sandbox: Sandbox, call: Call) -> Reply:
    """Answer DELETE /responses/{id}."""
    identifier = call.path_names["id"]
    if not sandbox.store.delete(call.account.key, "response", identifier):
        raise not_stored("Response", identifier)
    return json_reply(call, {"id": identifier, "object": "response", "deleted": True})


def list_input_items(sandbox: Sandbox, call: Call) -> Reply:
    """Answer GET /responses/{id}/input_items, the last item first unless asked otherwise."""
    return json_reply(call, page(call, _stored(sandbox, call).input, "desc"))


def _stored(sandbox: Sandbox, call: Call) -> StoredRecord:
    identifier = call.path_names["id"]
    stored = sandbox.store.get(call.account.key, "response", identifier)
    if stored is None:
        raise not_stored("Response", identifier)
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
