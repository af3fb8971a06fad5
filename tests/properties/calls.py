"""Calls of any kind: every family, address and API, with any parameters or those of a form."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from dify_plugin.entities.model import AIModelEntity, ParameterRule, ParameterType
from hypothesis import strategies as st
from pydantic import JsonValue

from models.llm.families import PLACES
from models.llm.invocation import Invocation
from models.service import azure, openai
from models.service.endpoint import Endpoint
from tests.properties import prompts
from tests.properties.json_values import (
    any_text,
    json_objects,
    json_texts,
    json_values,
    record,
    utf8_text,
)

_LLM = Path(__file__).parents[2] / "models" / "llm"
# One of each family, and names that no family knows.
MODELS = (
    "gpt-4o-mini",
    "gpt-4o-audio-preview",
    "gpt-5-chat-latest",
    "gpt-5",
    "gpt-5-pro",
    "gpt-5.1",
    "gpt-5.4-mini",
    "gpt-5.6",
    "o3",
    "o3-pro",
    "ft:gpt-4.1:team::id",
    "a-deployment",
)
PROTOCOLS = ("auto", "chat", "responses")
_KEY = {"openai_api_key": "key", "enable_request_metadata": "enabled"}
_ADDRESSES: tuple[Mapping[str, str], ...] = (
    {"openai_api_base": "http://127.0.0.1:9"},
    {"openai_api_base": "http://127.0.0.1:9/openai/v1"},
    {"openai_api_base": "http://127.0.0.1:9", "openai_api_version": "2024-06-01"},
    {"openai_api_base": "http://127.0.0.1:9", "openai_api_version": "2025-04-01-preview"},
)


@st.composite
def endpoints(draw: st.DrawFn) -> Endpoint:
    """Draw a model at a service; nothing is sent there."""
    model = draw(st.sampled_from(MODELS))
    credentials = {
        **_KEY,
        **draw(st.sampled_from(_ADDRESSES)),
        "api_protocol": draw(st.sampled_from(PROTOCOLS)),
    }
    if draw(st.booleans()):
        return openai.from_credentials(model, credentials)
    return azure.from_credentials("d", {**credentials, "base_model_name": model})


def _invocations(
    wording: prompts.Wording, parameters: st.SearchStrategy[dict[str, JsonValue]]
) -> st.SearchStrategy[Invocation]:
    return st.builds(
        Invocation,
        model=st.sampled_from(MODELS),
        messages=prompts.messages(wording),
        parameters=parameters,
        tools=prompts.tools(),
        stop=st.lists(utf8_text, max_size=6),
        stream=st.booleans(),
        user=st.none() | any_text,
        app_id=st.none() | any_text,
    )


_WITHOUT_PLACE = (
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "json_schema",
    "enable_stream",
    "enable_web_search",
    "web_search_user_country",
    "web_search_allowed_domains",
    "web_search_include_sources",
    "parallel_tool_calls",
    "tool_choice",
)
_any_value = json_values | json_texts | st.sampled_from(["json_schema", "json_object", "none"])


def any_invocations() -> st.SearchStrategy[Invocation]:
    """Return calls whose parameters have known names and any values."""
    names = st.sampled_from([*PLACES, *_WITHOUT_PLACE]) | utf8_text
    any_parameters = st.dictionaries(names, _any_value, max_size=6)
    structured = record({"response_format": st.just("json_schema"), "json_schema": _any_value})
    searching = record(
        {"enable_web_search": st.just(True), "web_search_allowed_domains": _any_value}
    )
    containers = st.lists(json_values, min_size=1, max_size=2) | json_objects
    reasoning = record({"reasoning_effort": containers})
    return _invocations(prompts.ANY, any_parameters | structured | searching | reasoning)


_schemas = st.sampled_from(
    [
        '{"type": "object", "properties": {"a": {"type": "string"}}}',
        '{"name": "n", "strict": true, "schema": {"type": "object"}, "description": "d"}',
        '{"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}',
    ]
)
# What forms have beyond numbers, switches and choices.
_WRITTEN: Mapping[str, st.SearchStrategy[JsonValue]] = {
    "json_schema": _schemas,
    "web_search_user_country": st.sampled_from(["", "de", "US"]),
    "web_search_allowed_domains": st.sampled_from(["", "example.com, docs.example.com"]),
}
_CHOSEN: Mapping[str, st.SearchStrategy[JsonValue]] = {
    "response_format": st.sampled_from(["text", "json_object", "json_schema"]),
    "reasoning_summary": st.sampled_from(["auto", "concise", "detailed"]),
    "enable_web_search": st.booleans(),
    "web_search_include_sources": st.booleans(),
    "parallel_tool_calls": st.booleans(),
}


def form_invocations() -> st.SearchStrategy[Invocation]:
    """Return calls whose parameters are what the form of some model can give."""
    forms = st.sampled_from(_forms()).flatmap(_filled)
    return _invocations(prompts.PLAUSIBLE, forms)


@cache
def _forms() -> tuple[AIModelEntity, ...]:
    paths = [path for path in sorted(_LLM.glob("*/*.yaml")) if path.name != "_position.yaml"]
    return tuple(AIModelEntity(**yaml.safe_load(path.read_text("utf-8"))) for path in paths)


def _filled(form: AIModelEntity) -> st.SearchStrategy[dict[str, JsonValue]]:
    fields = {rule.name: _values_of(rule) for rule in form.parameter_rules}
    return record({}, optional={**_WRITTEN, **_CHOSEN, **fields})


def _values_of(rule: ParameterRule) -> st.SearchStrategy[JsonValue]:
    if rule.name in _WRITTEN:
        return _WRITTEN[rule.name]
    if rule.options:
        return st.sampled_from(rule.options)
    match rule.type:
        case ParameterType.INT:
            return st.integers(int(rule.min or 0), int(rule.max or 2**31))
        case ParameterType.FLOAT:
            return st.floats(rule.min, rule.max)
        case ParameterType.BOOLEAN:
            return st.booleans()
        case _:
            return utf8_text
