"""The model list of an account."""

from fakes.openai.azure import resource_not_found
from fakes.openai.call import Call
from fakes.openai.errors import chat_model_not_found
from fakes.openai.json_types import JsonObject
from fakes.openai.replies import json_reply
from fakes.openai.wire import Reply


def list_models(call: Call) -> Reply:
    """Answer GET /models."""
    models = [_to_model(name) for name in call.account.models]
    return json_reply(call, {"object": "list", "data": models})


def get_model(call: Call) -> Reply:
    """Answer GET /models/{id}."""
    name = call.identifier
    if name not in call.account.models:
        raise resource_not_found() if call.is_azure else chat_model_not_found(name)
    return json_reply(call, _to_model(name))


def _to_model(name: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"}
