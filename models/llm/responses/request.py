"""Build the body of a Responses request."""

from pydantic import JsonValue

from models.llm.families import family_of
from models.llm.identity import identity_fields
from models.llm.invocation import Invocation
from models.llm.json_schema import output_format
from models.llm.parameters import (
    place_parameters,
    stream_options,
    token_limit,
    wants_stream,
)
from models.llm.responses.input_items import to_input_items
from models.llm.tool_definitions import call_settings, described
from models.llm.web_search import WebSearch, web_search
from models.service.endpoint import Endpoint

PATH = "/responses"

# API reference, Responses, `max_output_tokens`: smaller values are refused.
_LEAST_OUTPUT_TOKENS = 16


def build_body(invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]:
    """Return the request body without `metadata` and `store`.

    Raises InvokeBadRequestError for what Responses cannot carry.
    """
    body: dict[str, JsonValue] = {
        "model": endpoint.model,
        "input": to_input_items(invocation.messages),
        **identity_fields(invocation, endpoint),
    }
    place_parameters(body, invocation, endpoint, "responses")
    if (limit := token_limit(invocation)) is not None:
        body["max_output_tokens"] = max(limit, _LEAST_OUTPUT_TOKENS)
    if (text_format := _text_format(invocation)) is not None:
        text = body.setdefault("text", {})
        assert isinstance(text, dict)  # noqa: S101 - ours, and the type checker cannot know it
        text["format"] = text_format
    search = web_search(invocation)
    tools = _tools(invocation, search)
    if tools:
        body["tools"] = tools
        body |= call_settings(invocation, _forced)
    if include := _include(endpoint, search):
        body["include"] = include
    if wants_stream(invocation, endpoint):
        body["stream"] = True
        if options := stream_options(endpoint):
            body["stream_options"] = options
    return body


def _forced(name: str) -> JsonValue:
    return {"type": "function", "name": name}


def _text_format(invocation: Invocation) -> JsonValue:
    wanted = output_format(invocation)
    return None if wanted is None else {"type": wanted.type, **(wanted.schema or {})}


def _tools(invocation: Invocation, search: WebSearch | None) -> list[JsonValue]:
    tools: list[JsonValue] = [
        # The service's default is strict mode, which refuses most schemas that apps have.
        {"type": "function", **described(tool), "strict": False}
        for tool in invocation.tools
    ]
    if search is not None:
        tool: dict[str, JsonValue] = {"type": "web_search"}
        if search.country:
            tool["user_location"] = {"type": "approximate", "country": search.country}
        if search.domains:
            tool["filters"] = {"allowed_domains": list[JsonValue](search.domains)}
        tools.append(tool)
    return tools


def _include(endpoint: Endpoint, search: WebSearch | None) -> list[JsonValue]:
    include: list[JsonValue] = []
    if family_of(endpoint.base_model).reasons:
        # Always, stored or not: what a call costs and hands over must not depend on the switch.
        include.append("reasoning.encrypted_content")
    if search is not None and search.include_sources:
        include.append("web_search_call.action.sources")
    return include
