"""Build the body of a Chat Completions request."""

import logging

from pydantic import JsonValue

from models.llm.chat.messages import to_messages
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
from models.llm.routing import tools_need_no_reasoning
from models.llm.stop_words import native_stop_words
from models.llm.tool_definitions import call_settings, described
from models.memory import warn_once
from models.service.endpoint import Endpoint

logger = logging.getLogger(__name__)

PATH = "/chat/completions"


def build_body(invocation: Invocation, endpoint: Endpoint) -> dict[str, JsonValue]:
    """Return the request body without `metadata` and `store`.

    Raises InvokeBadRequestError for what Chat Completions cannot carry.
    """
    family = family_of(endpoint.base_model)
    body: dict[str, JsonValue] = {
        "model": endpoint.model,
        "messages": to_messages(invocation.messages),
        **identity_fields(invocation, endpoint),
    }
    place_parameters(body, invocation, endpoint, "chat")
    if (limit := token_limit(invocation)) is not None:
        # `max_tokens` is deprecated, but all that many compatible servers know.
        body["max_completion_tokens" if family.reasons else "max_tokens"] = limit
    if (response_format := _response_format(invocation)) is not None:
        body["response_format"] = response_format
    if invocation.tools:
        body["tools"] = [
            {"type": "function", "function": described(tool)} for tool in invocation.tools
        ]
        body |= call_settings(invocation, _forced)
    if family.chat_tools != "never" and tools_need_no_reasoning(invocation, endpoint):
        # Chat Completions was chosen, or is all that there is: without reasoning it works there.
        body["reasoning_effort"] = "none"
        warn_once(
            logger,
            ("no reasoning", endpoint.name, endpoint.model),
            f"{endpoint.service}: {endpoint.model!r} answers without reasoning where it has tools, "
            "because Chat Completions refuses both together; set API protocol to Automatic",
        )
    if stop := native_stop_words(invocation.stop, family, "chat"):
        body["stop"] = list[JsonValue](stop)
    if wants_stream(invocation, endpoint):
        body["stream"] = True
        if endpoint.takes_stream_options:
            body["stream_options"] = stream_options(endpoint, include_usage=True)
    return body


def _forced(name: str) -> JsonValue:
    return {"type": "function", "function": {"name": name}}


def _response_format(invocation: Invocation) -> JsonValue:
    wanted = output_format(invocation)
    if wanted is None:
        return None
    if wanted.schema is None:
        return {"type": wanted.type}
    return {"type": wanted.type, "json_schema": dict(wanted.schema)}
