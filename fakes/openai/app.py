"""The routes of the service: which path and method is which operation, for each face of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from fakes.openai import azure, chat_answers, errors, responses_answers, stored
from fakes.openai.accounts import journal_entry
from fakes.openai.audio import speech, transcription
from fakes.openai.call import Call, Service, ServiceState
from fakes.openai.chat_rules import RULES as CHAT_RULES
from fakes.openai.control import ControlPlane, WrongUse, explain
from fakes.openai.costs import list_costs
from fakes.openai.embeddings import embeddings
from fakes.openai.generation import generate, read, serve
from fakes.openai.model_list import get_model, list_models
from fakes.openai.moderations import moderations
from fakes.openai.replies import refusal_reply
from fakes.openai.responses_rules import RULES as RESPONSES_RULES
from fakes.openai.text_api import TextApi
from fakes.openai.wire import Reply

type Operation = Callable[[Call], Reply]
type Operations = Mapping[str, Operation]

CHAT = TextApi(
    kind="chat",
    rules=CHAT_RULES,
    render=chat_answers.render,
    error_events=chat_answers.error_events,
    fold=chat_answers.fold,
    kept=stored.kept_completion,
    input_texts=chat_answers.input_texts,
)
RESPONSES = TextApi(
    kind="response",
    rules=RESPONSES_RULES,
    render=responses_answers.render,
    error_events=responses_answers.error_events,
    fold=responses_answers.fold,
    kept=stored.kept_response,
    input_texts=responses_answers.input_texts,
)


_GENERATE_CHAT: Operations = {"POST": partial(generate, CHAT)}
_LIST_MODELS: Operations = {"GET": list_models}
_RESPONSES_PATHS: dict[str, Operations] = {
    "/responses": {"POST": partial(generate, RESPONSES)},
    "/responses/{id}": {
        "GET": partial(read, partial(stored.get_stored, "response")),
        "DELETE": partial(stored.delete_stored, "response"),
    },
    "/responses/{id}/input_items": {"GET": partial(stored.list_input, "response")},
}
_OTHER_PATHS: dict[str, Operations] = {
    "/embeddings": {"POST": partial(serve, embeddings)},
    "/moderations": {"POST": partial(serve, moderations)},
    "/audio/speech": {"POST": partial(serve, speech)},
    "/audio/transcriptions": {"POST": partial(serve, transcription)},
}
_V1_PATHS: dict[str, Operations] = {
    **_RESPONSES_PATHS,
    **_OTHER_PATHS,
    "/chat/completions": {**_GENERATE_CHAT, "GET": partial(read, stored.list_completions)},
    "/chat/completions/{id}": {
        "GET": partial(stored.get_stored, "chat"),
        "POST": stored.update_completion,
        "DELETE": partial(stored.delete_stored, "chat"),
    },
    "/chat/completions/{id}/messages": {"GET": partial(stored.list_input, "chat")},
    "/models": _LIST_MODELS,
    "/models/{id}": {"GET": get_model},
}
_DEPLOYMENT = "/deployments/{deployment}"
_PATHS: dict[Service, dict[str, Operations]] = {
    Service.OPENAI: {**_V1_PATHS, "/organization/costs": {"GET": partial(read, list_costs)}},
    Service.AZURE_V1: _V1_PATHS,
    Service.AZURE_DATED: {
        **_RESPONSES_PATHS,
        **{_DEPLOYMENT + path: operations for path, operations in _OTHER_PATHS.items()},
        f"{_DEPLOYMENT}/chat/completions": _GENERATE_CHAT,
        "/models": _LIST_MODELS,
    },
}


def build_app(state: ServiceState) -> Starlette:
    """Return the ASGI application."""
    routes = ControlPlane(state).routes()
    for service, paths in _PATHS.items():
        for path, operations in paths.items():
            api = path.removeprefix(_DEPLOYMENT).split("/")[1]
            endpoint = ServiceEndpoint(state, service, api, operations)
            routes.append(Route(service.value + path, endpoint))
        nothing = ServiceEndpoint(state, service, "", {})
        routes.append(Route(service.value + "/{rest:path}", nothing))
    routes.append(Route("/{rest:path}", ServiceEndpoint(state, Service.OPENAI, "", {})))
    return Starlette(routes=routes, exception_handlers={WrongUse: explain})


@dataclass(frozen=True, slots=True)
class ServiceEndpoint:
    """One path of the service: writes the journal, knows the key, applies the path's gates.

    `operations` are by HTTP method; without any the path does not exist.
    """

    state: ServiceState
    service: Service
    api: str
    operations: Operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            content = await request.body()
        except ClientDisconnect:
            return
        await self._reply(request, content)(scope, receive, send)

    def _reply(self, request: Request, content: bytes) -> Reply:
        key = self._key(request)
        account = self.state.accounts.find(key)
        if account is None:
            openai = self.service is Service.OPENAI
            return refusal_reply(
                None, errors.invalid_api_key(key) if openai else azure.access_denied()
            )
        entry = journal_entry(request, content)
        account.journal.append(entry)
        call = Call(self.state, self.service, self.api, account, request, content)
        try:
            reply = self._operation(call)(call)
        except errors.ServiceError as refusal:
            reply = refusal_reply(call, refusal)
        entry.reply = reply
        return reply

    def _key(self, request: Request) -> str:
        """Return the key of the request: Azure takes two headers for it, OpenAI one."""
        if self.service is not Service.OPENAI and "api-key" in request.headers:
            return request.headers["api-key"]
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _operation(self, call: Call) -> Operation:
        """Return what the path and method mean, once the service's gates are passed."""
        call.account.check_refusals(call.api, None)
        operation = self.operations.get(call.request.method)
        if call.is_azure:
            if operation is None:
                raise azure.resource_not_found()
            azure.check_api_version(call)
            return operation
        own = call.account.settings.organization
        if call.request.headers.get("openai-organization") not in (None, "", own):
            # https://github.com/openai/codex/issues/1000
            message, code = "The key is of another organization.", "mismatched_organization"
            raise errors.invalid_request(message, code=code, status=401)
        if operation is None:
            # The published schema has no such path, or has it for other methods.
            asked = f"{call.request.method} {call.request.url.path}"
            status = 405 if self.operations else 404
            raise errors.invalid_request(f"There is no {asked}.", status=status)
        return operation
