"""What else a recorded request asks for -> model parameters and tools of a Dify app."""

import json
from collections.abc import Mapping

from tests.wire.ends import Json, object_in, objects_in

# Arguments that a request of Dify never has; the recorded answers hold what they caused.
NOT_ASKED_FOR: Mapping[str, str] = {
    "audio": "Dify asks a language model for text alone",
    "background": "Dify waits for the answer",
    "function_call": "the form before there were tools",
    "functions": "the form before there were tools; asked for as tools",
    "modalities": "Dify asks a language model for text alone",
    "moderation": "no form has it",
    "n": "Dify asks for one answer",
    "parallel_tool_calls": "a setting of a few forms alone",
    "previous_response_id": "Dify sends the whole conversation",
    "prompt_cache_options": "no form has it",
    "seed": "a setting of a few forms alone",
    "tool_choice": "Dify leaves the choice to the model",
    "web_search_options": "web search is asked for on Responses alone",
}
# What the plugin itself decides.
OURS = frozenset(
    {"include", "model", "prompt_cache_key", "store", "stream", "stream_options", "user"}
)
# Tools that Dify cannot offer.
HOSTED_TOOLS = frozenset({"code_interpreter", "custom", "file_search", "mcp", "tool_search"})

CARRIED = frozenset(
    {
        "frequency_penalty",
        "input",
        "instructions",
        "max_completion_tokens",
        "max_output_tokens",
        "max_tokens",
        "messages",
        "presence_penalty",
        "reasoning",
        "reasoning_effort",
        "response_format",
        "service_tier",
        "temperature",
        "text",
        "tools",
        "top_p",
        "verbosity",
    }
)
_SAME_NAME = (
    "temperature",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "reasoning_effort",
    "verbosity",
    "service_tier",
)
_LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")


def tools_of(body: Json) -> list[Json]:
    """Return the functions that the request offers."""
    offered = [*objects_in(body.get("tools")), *objects_in(body.get("functions"))]
    functions = [tool for tool in offered if tool.get("type", "function") == "function"]
    # Chat Completions describes a tool one level deeper than Responses.
    return [
        inner if isinstance(inner := tool.get("function"), dict) else tool for tool in functions
    ]


def settings_of(body: Json) -> Json:
    """Return what a request to either API sets, under the names that Responses gives it."""
    limit = next((body[name] for name in _LIMITS if name in body), None)
    reasoning, text = object_in(body.get("reasoning")), object_in(body.get("text"))
    settings: Json = {
        **{name: body.get(name) for name in _SAME_NAME},
        "reasoning_effort": body.get("reasoning_effort", reasoning.get("effort")),
        "reasoning_summary": reasoning.get("summary"),
        "verbosity": body.get("verbosity", text.get("verbosity")),
        "max_output_tokens": limit,
        "format": _format(body),
    }
    return {name: value for name, value in settings.items() if value is not None}


def parameters_of(body: Json) -> Json:
    """Return the model parameters; those that a form does not declare never reach the plugin."""
    parameters = {name: body[name] for name in _SAME_NAME if body.get(name) is not None}
    limit = next((body[name] for name in _LIMITS if name in body), None)
    if limit is not None:
        parameters["max_tokens"] = limit
    reasoning, text = object_in(body.get("reasoning")), object_in(body.get("text"))
    for name in ("effort", "summary"):
        if reasoning.get(name) is not None:
            parameters[f"reasoning_{name}"] = reasoning[name]
    if "verbosity" in text:
        parameters["verbosity"] = text["verbosity"]
    if wanted := _format(body):
        parameters["response_format"] = wanted.pop("type")
        parameters["json_schema"] = json.dumps(wanted)
    if any(tool["type"] == "web_search" for tool in objects_in(body.get("tools"))):
        parameters["enable_web_search"] = True
    return parameters


def _format(body: Json) -> Json | None:
    """Return the form of the output as Responses tells it, None for plain text."""
    on_responses = object_in(body.get("text")).get("format")
    wanted = dict(object_in(body.get("response_format", on_responses)))
    described = object_in(wanted.pop("json_schema", None))
    return None if wanted.get("type", "text") == "text" else wanted | described
