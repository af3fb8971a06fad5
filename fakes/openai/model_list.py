"""The model list of an account."""

from fakes.openai.azure import resource_not_found
from fakes.openai.call import Call
from fakes.openai.errors import chat_model_not_found
from fakes.openai.json_types import JsonObject
from fakes.openai.models import shutdown_date
from fakes.openai.replies import json_reply
from fakes.openai.wire import Reply


def list_models(call: Call) -> Reply:
    """Answer GET /models."""
    models = [_to_model(call, name) for name in call.account.models if _is_listed(call, name)]
    return json_reply(call, {"object": "list", "data": models})


def get_model(call: Call) -> Reply:
    """Answer GET /models/{id}."""
    name = call.identifier
    if name not in call.account.models or not _is_listed(call, name):
        raise resource_not_found() if call.is_azure else chat_model_not_found(name)
    return json_reply(call, _to_model(call, name))


def _is_listed(call: Call, name: str) -> bool:
    return call.is_azure or call.account.serves(name)


def _to_model(call: Call, name: str) -> JsonObject:
    model = {"id": name, "object": "model", "created": 1_715_367_049, "owned_by": "system"}
    if call.is_azure:
        return model
    # openapi.json Model: a date, or null where none is announced.
    end = shutdown_date(name)
    return model | {"shutdown_date": end.isoformat() if end else None}
