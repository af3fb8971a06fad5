"""Which API a call takes: the whole matrix of choice, switch, app, need, model and service."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

import pytest
from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    AudioPromptMessageContent,
    DocumentPromptMessageContent,
    PromptMessage,
    PromptMessageTool,
    UserPromptMessage,
)
from dify_plugin.errors.model import InvokeBadRequestError

from models.llm.chat import build_body
from models.llm.invocation import Invocation
from models.llm.reply import Api
from models.llm.routing import choose_route, other_api
from models.service import refusals
from models.service.endpoint import Endpoint
from tests.plain_call import plain_call
from tests.unit.endpoints import V1, azure_at, openai_at

DOCUMENT = DocumentPromptMessageContent(format="pdf", mime_type="a/b", base64_data="eA==")
LINKED = DocumentPromptMessageContent(format="pdf", mime_type="a/b", url="https://host.example/x")
AUDIO = AudioPromptMessageContent(format="mp3", mime_type="a/b", base64_data="eA==")
REASONING = AssistantPromptMessage(content="x", opaque_body={"responses_output": [{}]})
TOOL = PromptMessageTool(name="f", description="", parameters={})
SEARCH = plain_call({"enable_web_search": True})


def saying(*messages: PromptMessage) -> Invocation:
    return replace(plain_call({}), messages=messages)


CALLS: Mapping[str, Invocation] = {
    "nothing special": plain_call({}),
    "reasoning summary": plain_call({"reasoning_summary": "auto"}),
    "web search": SEARCH,
    "document": saying(UserPromptMessage(content=[DOCUMENT])),
    "document by URL": saying(UserPromptMessage(content=[LINKED])),
    "audio": saying(UserPromptMessage(content=[AUDIO])),
    "tools": plain_call({}, [TOOL]),
    "tools without reasoning": plain_call({"reasoning_effort": "none"}, [TOOL]),
    "reasoning handed back": saying(REASONING, UserPromptMessage(content="y")),
}
API: Mapping[str, Api] = {"c": "chat", "r": "responses"}
# Automatic: of OpenAI tagged with an app and not, then of Azure; c is Chat Completions, r Responses
AUTOMATIC = {
    "gpt-5.6": {
        "nothing special": "cr cr",
        "reasoning summary": "rr rr",
        "web search": "rr rr",
        "document": "cr rr",
        "document by URL": "rr rr",
        "audio": "cc cc",
        "tools": "rr rr",
        "tools without reasoning": "cr cr",
        "reasoning handed back": "rr rr",
    },
    # It has no reasoning to summarize or hand back, and Azure's own wish is Chat Completions.
    "gpt-4.1": {
        "nothing special": "cr cc",
        "reasoning summary": "cr cc",
        "web search": "rr rr",
        "document": "cr rr",
        "document by URL": "rr rr",
        "audio": "cc cc",
        "tools": "cr cc",
        "tools without reasoning": "cr cc",
        "reasoning handed back": "cr cc",
    },
}


def services(model: str, **credentials: str) -> Sequence[tuple[str, Endpoint]]:
    """Return a model at OpenAI, a compatible server and both kinds of Azure paths."""
    return (
        ("openai", openai_at(model, **credentials)),
        ("openai", openai_at(model, "https://gateway.example/v1", **credentials)),
        ("azure", azure_at(base_model=model, **credentials)),
        ("azure", azure_at(V1, model, **credentials)),
    )


@pytest.mark.parametrize(
    ("model", "need"), [(model, need) for model, needs in AUTOMATIC.items() for need in needs]
)
def test_the_matrix(model: str, need: str) -> None:
    columns = dict(zip(("openai", "azure"), AUTOMATIC[model][need].split(), strict=True))
    for switch, app_id in product(("enabled", "headers", "disabled", ""), ("app", None)):
        call = replace(CALLS[need], app_id=app_id)
        tagged = switch == "enabled" and app_id is not None
        for protocol in ("auto", ""):
            written = {"api_protocol": protocol, "enable_request_metadata": switch}
            for service, endpoint in services(model, **written):
                expected = API[columns[service][0 if tagged else 1]]
                assert choose_route(call, endpoint).api == expected, (switch, app_id, service)
        for protocol, chosen in (("chat", "chat"), ("responses", "responses")):
            written = {"api_protocol": protocol, "enable_request_metadata": switch}
            for _, endpoint in services(model, **written):
                if protocol == "chat" and need == "web search":
                    with pytest.raises(InvokeBadRequestError, match="set API protocol to Automat"):
                        choose_route(call, endpoint)
                else:
                    assert choose_route(call, endpoint).api == chosen


@pytest.mark.parametrize(
    ("model", "call", "protocol", "why"),
    [
        ("gpt-5.6", plain_call({}), "auto", "preferred"),
        ("gpt-5.6", replace(plain_call({}), app_id="app"), "auto", None),
        ("gpt-5.6", plain_call({}), "chat", None),
        ("gpt-5.6", plain_call({}), "responses", "chosen"),
        ("gpt-5.4-pro", plain_call({}), "auto", "only_api"),
        ("gpt-5.4-pro", plain_call({}), "responses", "only_api"),
        ("gpt-5.6", CALLS["web search"], "auto", "web_search"),
        ("gpt-5.6", CALLS["tools"], "auto", "tools_with_reasoning"),
        ("gpt-5.6", CALLS["reasoning summary"], "auto", "reasoning_summary"),
        ("gpt-5.6", plain_call({"reasoning_mode": "pro"}), "auto", "reasoning_mode"),
        ("gpt-5.6", plain_call({"reasoning_effort": "max"}), "auto", "reasoning_effort"),
        ("gpt-6.2-sol", plain_call({"service_tier": "ultrafast"}), "auto", "service_tier"),
        ("gpt-5.6", CALLS["reasoning handed back"], "auto", "reasoning_handed_back"),
        ("gpt-5.6", CALLS["document by URL"], "auto", "document"),
    ],
)
def test_a_call_on_responses_says_why(
    model: str, call: Invocation, protocol: str, why: str | None
) -> None:
    endpoint = openai_at(model, api_protocol=protocol, enable_request_metadata="enabled")
    api = "chat" if why is None else "responses"
    assert choose_route(call, endpoint) == (api, why)


@pytest.mark.parametrize(
    ("model", "api"), [("gpt-5.4-pro", "responses"), ("gpt-audio-1.5", "chat")]
)
def test_a_model_on_one_api_alone_takes_that_whatever_was_chosen(model: str, api: Api) -> None:
    for protocol in ("auto", "chat", "responses"):
        for _, endpoint in services(model, api_protocol=protocol):
            assert choose_route(plain_call({}), endpoint).api == api


def test_a_model_on_chat_completions_alone_cannot_search() -> None:
    for protocol in ("auto", "chat"):
        with pytest.raises(InvokeBadRequestError, match=r"'gpt-audio-1\.5' is not served by it"):
            choose_route(SEARCH, openai_at("gpt-audio-1.5", api_protocol=protocol))


def test_an_old_azure_version_has_chat_completions_alone() -> None:
    for version, api in (("2024-10-21", "chat"), ("2025-03-01-preview", "responses")):
        endpoint = azure_at(base_model="gpt-5", openai_api_version=version)
        assert choose_route(plain_call({}), endpoint).api == api


@pytest.mark.parametrize(
    ("call", "base_model", "protocol"),
    [
        (SEARCH, "gpt-4.1", "auto"),
        (plain_call({}), "gpt-4.1", "responses"),
        (plain_call({}), "gpt-5-pro", "auto"),
    ],
)
def test_what_needs_responses_there_is_told_the_version(
    call: Invocation, base_model: str, protocol: str
) -> None:
    endpoint = azure_at(
        base_model=base_model, openai_api_version="2024-10-21", api_protocol=protocol
    )
    with pytest.raises(InvokeBadRequestError, match=r"needs API version 2025-03-01-preview or lat"):
        choose_route(call, endpoint)


def test_what_an_address_lacks_is_not_asked_for_unless_it_was_chosen() -> None:
    lacking = openai_at("gpt-5", openai_api_key="lacks-responses")
    refusals.remember_lacking(lacking, "responses")
    assert choose_route(CALLS["reasoning summary"], lacking).api == "chat"
    assert choose_route(plain_call({}), replace(lacking, protocol="responses")).api == "responses"
    with pytest.raises(InvokeBadRequestError, match="web search needs the Responses API"):
        choose_route(SEARCH, lacking)
    other = openai_at("gpt-5", openai_api_key="lacks-chat", enable_request_metadata="enabled")
    refusals.remember_lacking(other, "chat")
    assert choose_route(replace(plain_call({}), app_id="app"), other) == ("responses", "endpoint")
    assert choose_route(plain_call({}), replace(other, protocol="chat")).api == "chat"


@pytest.mark.parametrize(
    ("endpoint", "call", "of_chat", "of_responses"),
    [
        (openai_at("gpt-5"), plain_call({}), "responses", "chat"),
        (openai_at("gpt-5"), SEARCH, "responses", None),
        (openai_at("gpt-5-pro"), plain_call({}), "responses", None),
        (openai_at("gpt-audio-1.5"), plain_call({}), None, "chat"),
        (openai_at("gpt-5", api_protocol="chat"), plain_call({}), None, None),
        (openai_at("gpt-5", api_protocol="responses"), plain_call({}), None, None),
        (azure_at(openai_api_version="2024-10-21"), plain_call({}), None, "chat"),
    ],
)
def test_the_other_api_is_tried_where_it_can_serve_the_call(
    endpoint: Endpoint, call: Invocation, of_chat: Api | None, of_responses: Api | None
) -> None:
    assert other_api(call, endpoint, "chat") == of_chat
    assert other_api(call, endpoint, "responses") == of_responses


@pytest.mark.parametrize(("model", "effort"), [("gpt-5.6", "none"), ("gpt-5", "low")])
def test_tools_on_chat_completions_cost_the_reasoning_where_both_are_refused(
    model: str, effort: str
) -> None:
    call = plain_call({"reasoning_effort": "low"}, [TOOL])
    body = build_body(call, openai_at(model, api_protocol="chat"))
    assert body["reasoning_effort"] == effort
