"""Which API a call takes: what the model allows, what was chosen, what the call needs, and where
it can be found again by its app."""

from dataclasses import replace
from typing import NamedTuple

from dify_plugin.entities.model.message import (
    AssistantPromptMessage,
    AudioPromptMessageContent,
    DocumentPromptMessageContent,
    PromptMessageContent,
)

from models.failures.failure import bad_request
from models.failures.words import advice_for
from models.llm.content_parts import parts_of
from models.llm.families import ON_RESPONSES_ALONE, family_of, is_legacy_completion
from models.llm.invocation import Invocation
from models.llm.parameters import is_set
from models.llm.reply import Api
from models.llm.web_search import web_search
from models.service import refusals
from models.service.endpoint import Endpoint

# Chat Completions has no place for them (API reference, POST /chat/completions).
_PARAMETERS_OF_RESPONSES = ("reasoning_summary", "reasoning_mode", "reasoning_context")


class Route(NamedTuple):
    """The API that a call takes, and why Responses, whose answers nobody can list by app.

    `why` is a word for the usage line (docs/metadata.md has them all), None on Chat Completions.
    """

    api: Api
    why: str | None = None


def choose_route(invocation: Invocation, endpoint: Endpoint) -> Route:
    """Return the API for a call, and why.

    A model that is served on one API alone takes that, and an API that was chosen is obeyed.
    Otherwise a call takes Responses where it asks for what only that has; Chat Completions where
    its request is tagged with its app, because only those can be listed by app; and else what the
    model does best on. Raises InvokeBadRequestError if a call needs an API that the model, the
    address or the choice rules out, or for a model of legacy completions.
    """
    if is_legacy_completion(endpoint.base_model):
        raise bad_request(
            f"{endpoint.service}: {endpoint.base_model!r} is a model of legacy completions, which "
            "the service has ended; choose a chat model, or the deployment of one"
        )
    family = family_of(endpoint.base_model)
    if not family.on_chat:
        return _responses(endpoint, "only_api")
    if family.on_responses and endpoint.protocol == "responses":
        return _responses(endpoint, "chosen")
    if not family.on_responses or endpoint.protocol == "chat":
        _refuse_search(invocation, endpoint)
        return Route("chat")
    return _automatic(invocation, endpoint)


def _automatic(invocation: Invocation, endpoint: Endpoint) -> Route:
    if endpoint.responses_unavailable is not None or refusals.lacks(endpoint, "responses"):
        _refuse_search(invocation, endpoint)
        return Route("chat")
    need = "endpoint" if refusals.lacks(endpoint, "chat") else _need(invocation, endpoint)
    if need is not None:
        return Route("responses", need)
    listed_by_app = endpoint.attribution.switch == "enabled" and invocation.app_id
    if listed_by_app or _has(AudioPromptMessageContent, invocation):
        return Route("chat")
    family = family_of(endpoint.base_model)
    if endpoint.prefers_responses or family.prefers_responses:
        return Route("responses", "preferred")
    return Route("chat")


def why_instead(api: Api, *, takes_no_tools: bool) -> str | None:
    """Return why a call goes to an API, after the other one turned out not to serve it."""
    if api == "chat":
        return None
    return "tools" if takes_no_tools else "endpoint"


def other_api(invocation: Invocation, endpoint: Endpoint, api: Api) -> Api | None:
    """Return the API to try where an address turns out to lack `api`; None if that was chosen."""
    family = family_of(endpoint.base_model)
    if endpoint.protocol != "auto":
        return None
    if api == "chat":
        available = family.on_responses and endpoint.responses_unavailable is None
        return "responses" if available else None
    return "chat" if family.on_chat and web_search(invocation) is None else None


def why_no_other(invocation: Invocation, endpoint: Endpoint, lacking: Api) -> str:
    """Return what to do where an address lacks an API and a call cannot take the other one."""
    if other_api(invocation, replace(endpoint, protocol="auto"), lacking) is not None:
        return advice_for("other_api")
    if lacking == "chat":
        why = endpoint.responses_unavailable
        return f"If only the other API has this model: {why}." if why else ""
    if web_search(invocation) is not None:
        return (
            f"If the address is right, web search needs the Responses API, and {endpoint.model!r} "
            "is not served by it here: switch the search off."
        )
    return f"{endpoint.model!r} is served on the Responses API alone; use a server that has it."


def tools_need_no_reasoning(invocation: Invocation, endpoint: Endpoint) -> bool:
    """Return whether Chat Completions would refuse the call's tools for its reasoning."""
    effort = invocation.parameters.get("reasoning_effort") or None
    family = family_of(endpoint.base_model)
    return bool(invocation.tools) and family.chat_refuses_tools(effort)


def _need(invocation: Invocation, endpoint: Endpoint) -> str | None:
    """Return what a call asks for that Chat Completions cannot serve, None where it serves all."""
    if web_search(invocation) is not None:
        return "web_search"
    if tools_need_no_reasoning(invocation, endpoint):
        return "tools_with_reasoning"
    if invocation.tools and refusals.takes_no_chat_tools(endpoint):
        return "tools"
    if family_of(endpoint.base_model).reasons and (need := _need_of_reasoning(invocation)):
        return need
    return "document" if _has_document_for_responses(invocation, endpoint) else None


def _need_of_reasoning(invocation: Invocation) -> str | None:
    parameters = invocation.parameters
    for name in _PARAMETERS_OF_RESPONSES:
        if is_set(parameters.get(name)):
            return name
    for name, value in ON_RESPONSES_ALONE.items():
        if parameters.get(name) == value:
            return name
    return "reasoning_handed_back" if _brings_reasoning_back(invocation) else None


def _has_document_for_responses(invocation: Invocation, endpoint: Endpoint) -> bool:
    return any(
        isinstance(part, DocumentPromptMessageContent)
        and not (endpoint.chat_takes_documents and part.base64_data)
        for message in invocation.messages
        for part in parts_of(message)
    )


def _brings_reasoning_back(invocation: Invocation) -> bool:
    return any(
        isinstance(message, AssistantPromptMessage) and message.opaque_body
        for message in invocation.messages
    )


def _has(kind: type[PromptMessageContent], invocation: Invocation) -> bool:
    return any(
        isinstance(part, kind) for message in invocation.messages for part in parts_of(message)
    )


def _responses(endpoint: Endpoint, why: str) -> Route:
    if endpoint.responses_unavailable is not None:
        raise bad_request(f"{endpoint.service}: {endpoint.responses_unavailable}")
    return Route("responses", why)


def _refuse_search(invocation: Invocation, endpoint: Endpoint) -> None:
    if web_search(invocation) is None:
        return
    if endpoint.protocol == "chat" and family_of(endpoint.base_model).on_responses:
        why = "set API protocol to Automatic"
    else:
        why = endpoint.responses_unavailable or f"{endpoint.model!r} is not served by it"
    raise bad_request(f"{endpoint.service}: web search needs the Responses API: {why}")
