"""The rules of Responses: arguments, reasoning models, order of input items."""

from fakes.openai import rules
from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import invalid_request, responses_model_not_found, unknown_parameter
from fakes.openai.json_types import JsonObject
from fakes.openai.models import reasons
from fakes.openai.strict_schemas import check_strict_schema
from fakes.openai.text_api import GenerationRequest

_SCHEMA = "CreateResponse"
_NOT_FOR_REASONING = {"temperature": 1, "top_p": 1, "top_logprobs": 0}
_CALLS = ("function_call", "custom_tool_call")
_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def check_responses(sandbox: Sandbox, call: Call) -> GenerationRequest:
    """Apply the rules in the service's order; raise its refusal."""
    body = call.json_object()
    rules.check_refused_arguments(call, body)
    if unknown := sorted(set(body) - sandbox.schema.arguments(_SCHEMA)):
        raise unknown_parameter(unknown[0])
    if body.get("model") is None:
        message = "Missing required parameter: 'model'."
        raise invalid_request(message, "model", "missing_required_parameter")
    model = rules.base_model(call, body, responses_model_not_found(str(body["model"])))
    reasoning = body.get("reasoning")
    effort = reasoning.get("effort") if isinstance(reasoning, dict) else None
    if reasons(model, effort):
        rules.check_unsupported(body, _NOT_FOR_REASONING)
    rules.check_schema(sandbox, _SCHEMA, body)
    stores = body.get("store") is not False
    rules.check_metadata(body, stores=stores)
    _check_options(body)
    _check_input(sandbox, call, body)
    return GenerationRequest(
        body=body,
        model=sandbox.models.dated_name(model),
        azure=call.is_azure,
        streams=body.get("stream") is True,
        stores=stores,
    )


def _check_options(body: JsonObject) -> None:
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise invalid_request(message, "stream_options")
    text_format = (body.get("text") or {}).get("format") or {}
    if text_format.get("strict"):
        where = f"response_format '{text_format['name']}'"
        check_strict_schema(text_format["schema"], where, "text.format.schema")
    for index, tool in enumerate(body.get("tools") or []):
        if tool.get("type") == "function" and tool.get("strict"):
            where = f"function '{tool['name']}'"
            check_strict_schema(tool["parameters"] or {}, where, f"tools[{index}].parameters")


def _check_input(sandbox: Sandbox, call: Call, body: JsonObject) -> None:
    previous = body.get("previous_response_id")
    if previous is not None:
        if sandbox.store.get(call.account.key, "response", previous) is None:
            message = f"Previous response with id '{previous}' not found."
            code = "previous_response_not_found"
            raise invalid_request(message, "previous_response_id", code)
        return  # the calls and reasoning items may stand in the earlier response
    items = body.get("input")
    if isinstance(items, list):
        _check_call_pairs(items)
        _check_reasoning_followed(items)


def _check_call_pairs(items: list[JsonObject]) -> None:
    """Refuse an output without its call, and a call without its output."""
    called: list[str] = []
    for item in items:
        if item.get("type") in _CALLS:
            called.append(item["call_id"])
        elif item.get("type") in _OUTPUTS:
            if item["call_id"] not in called:
                message = (
                    f"No tool call found for function call output with call_id {item['call_id']}."
                )
                raise invalid_request(message, "input")
            called.remove(item["call_id"])
    if called:
        raise invalid_request(f"No tool output found for function call {called[0]}.", "input")


def _check_reasoning_followed(items: list[JsonObject]) -> None:
    """Refuse a reasoning item without its follower (recording error-400-reasoning-item-order).

    A follower is an item that the model made: a bare assistant message without an id is none.
    """
    for item, following in zip(items, [*items[1:], {}], strict=True):
        if item.get("type") == "reasoning" and not _by_model(following):
            message = (
                f"Item '{item['id']}' of type 'reasoning' was provided without its required "
                "following item."
            )
            raise invalid_request(message, "input")


def _by_model(item: JsonObject) -> bool:
    if item.get("type", "message") == "message":
        return item.get("role") == "assistant" and item.get("id") is not None
    return item["type"] not in _OUTPUTS
