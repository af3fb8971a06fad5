"""Any call becomes a request that the service's schema knows, or is refused in one line."""

import json
from functools import partial

import pytest
from dify_plugin.entities.model.message import PromptMessageTool, ensure_prompt_message
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from fakes.openai.schema import PublishedSchema
from models.attribution import Origin
from models.llm import chat, responses
from models.llm._metadata import MetadataPolicy, apply_dify_metadata_if_enabled
from models.llm.invocation import Invocation
from models.llm.responses.input_items import to_input_items
from models.llm.routing import choose_route
from models.service import openai
from models.service.endpoint import Endpoint
from tests.plain_call import plain_call
from tests.properties import prompts
from tests.properties.calls import MODELS, PROTOCOLS, any_invocations, endpoints, form_invocations
from tests.properties.json_values import json_values, utf8_text
from tests.properties.outcomes import result_or_refusal

_MODULES = {"chat": chat, "responses": responses}
_SCHEMAS = {"chat": "CreateChatCompletionRequest", "responses": "CreateResponse"}


@pytest.fixture(scope="module")
def schema() -> PublishedSchema:
    """Read the published schema once."""
    return PublishedSchema()


@given(invocation=any_invocations(), endpoint=endpoints())
def test_a_call_becomes_json_or_a_refusal_and_stays_as_it_is(
    invocation: Invocation, endpoint: Endpoint
) -> None:
    before = repr(invocation)
    assert result_or_refusal(lambda: choose_route(invocation, endpoint).api) in {*_MODULES, None}
    for module in _MODULES.values():
        body = result_or_refusal(partial(module.build_body, invocation, endpoint))
        assert json.dumps(body, ensure_ascii=False, allow_nan=False).encode("utf-8")
        assert repr(invocation) == before


@given(invocation=form_invocations(), endpoint=endpoints(), app_id=json_values | st.just("app"))
def test_a_request_from_a_form_keeps_the_published_schema(
    schema: PublishedSchema, invocation: Invocation, endpoint: Endpoint, app_id: object
) -> None:
    api = result_or_refusal(lambda: choose_route(invocation, endpoint).api)
    if api is None:
        return
    body = result_or_refusal(lambda: _MODULES[api].build_body(invocation, endpoint))
    if body is None:
        return
    policy = MetadataPolicy(
        endpoint.attribution, chat_refuses=endpoint.chat_refuses_metadata, keeps_store=True
    )
    apply_dify_metadata_if_enabled(body, {}, api=api, origin=Origin(app_id), policy=policy)
    violation = schema.violation(_SCHEMAS[api], body)
    assert violation is None, violation.message
    assert set(body) <= set(schema.properties(_SCHEMAS[api]))


@given(effort=json_values, model=st.sampled_from(MODELS), protocol=st.sampled_from(PROTOCOLS))
def test_any_reasoning_effort_leads_to_an_api(effort: JsonValue, model: str, protocol: str) -> None:
    tool = PromptMessageTool(name="f", description="", parameters={})
    call = plain_call(parameters={"reasoning_effort": effort}, tools=(tool,))
    endpoint = openai.from_credentials(model, {"openai_api_key": "key", "api_protocol": protocol})
    assert choose_route(call, endpoint).api in _MODULES


@given(items=prompts.odd_items, ids=st.lists(st.sampled_from(["a", "b"]), max_size=2))
def test_anything_that_comes_back_as_output_items_is_replayed_or_left_out(
    items: JsonValue, ids: list[str]
) -> None:
    calls = [
        {"id": name, "type": "function", "function": {"name": "f", "arguments": ""}} for name in ids
    ]
    message = {"role": "assistant", "content": "x", "tool_calls": calls}
    body = {"responses_output": items}
    received = ensure_prompt_message({**message, "opaque_body": body})
    assert to_input_items([received]) in (items, to_input_items([ensure_prompt_message(message)]))


@given(names=st.lists(utf8_text, min_size=1, max_size=2), choice=json_values | utf8_text)
@example(names=["two\nlines"], choice="none of them")
def test_any_tool_choice_is_understood_or_refused(names: list[str], choice: JsonValue) -> None:
    tools = [PromptMessageTool(name=name, description="", parameters={}) for name in names]
    call = plain_call({"tool_choice": choice}, tools)
    endpoint = openai.from_credentials("gpt-4o-mini", {"openai_api_key": "key"})
    for module in _MODULES.values():
        body = result_or_refusal(partial(module.build_body, call, endpoint))
        assert body is None or isinstance(body.get("tool_choice", ""), str | dict)
