"""Which API a call takes: what the model allows, what the call needs, what was chosen."""

from models.endpoints.endpoint import Endpoint
from models.errors import bad_request
from models.llm.invocation import Invocation
from models.llm.reply import Api
from models.llm.web_search import web_search


def choose_api(invocation: Invocation, endpoint: Endpoint) -> Api:
    """Return the API for a call.

    Web search exists on Responses alone, and newer models refuse tools together with reasoning on
    Chat Completions, so such calls go to Responses whatever was chosen. Raises
    InvokeBadRequestError if a call needs an API that the model or the address does not have.
    """
    chosen = endpoint.api()
    if chosen == "responses":
        return chosen
    available = endpoint.family.on_responses and endpoint.responses_unavailable is None
    if web_search(invocation) is not None:
        if not available:
            why = endpoint.responses_unavailable or f"{endpoint.model!r} is not served by it"
            raise bad_request(f"{endpoint.service}: web search needs the Responses API: {why}")
        return "responses"
    if available and tools_need_no_reasoning(invocation, endpoint):
        return "responses"
    return chosen


def tools_need_no_reasoning(invocation: Invocation, endpoint: Endpoint) -> bool:
    """Return whether Chat Completions would refuse the call's tools for its reasoning."""
    effort = invocation.parameters.get("reasoning_effort") or None
    return bool(invocation.tools) and endpoint.family.chat_refuses_tools(effort)
