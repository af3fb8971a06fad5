"""The routes of the service: which path and method is which operation, for each face of it."""

from collections.abc import Callable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from fakes.openai import (
    azure,
    chat_answers,
    errors,
    folding,
    responses_answers,
    responses_events,
    stored_completions,
    stored_responses,
)
from fakes.openai.accounts import Account
from fakes.openai.audio import speech, transcription
from fakes.openai.call import Call, Sandbox, Service
from fakes.openai.chat_rules import check_chat
from fakes.openai.control import ControlPlane
from fakes.openai.embeddings import embeddings
from fakes.openai.errors import ServiceError
from fakes.openai.faults import fault_reply
from fakes.openai.generation import generate, raw_reply
from fakes.openai.model_list import get_model, list_models
from fakes.openai.moderations import moderations
from fakes.openai.other_endpoints import serve
from fakes.openai.replies import refusal_reply
from fakes.openai.responses_rules import check_responses
from fakes.openai.steps import Fault
from fakes.openai.text_api import TextApi
from fakes.openai.wire import Reply

type Operation = Callable[[Sandbox, Call], Reply]

CHAT = TextApi(
    kind="chat",
    check=check_chat,
    answer=chat_answers.completion,
    events=chat_answers.events,
    error_events=chat_answers.error_events,
    fold=folding.fold_chat_stream,
    to_stored=stored_completions.to_stored,
    input_texts=chat_answers.input_texts,
)
RESPONSES = TextApi(
    kind="response",
    check=check_responses,
    answer=responses_answers.response,
    events=responses_events.events,
    error_events=responses_events.error_events,
    fold=folding.fold_response_stream,
    to_stored=stored_responses.to_stored,
    input_texts=responses_answers.input_texts,
)
_GENERATE_CHAT = partial(generate, CHAT)
_GENERATE_RESPONSE = partial(generate, RESPONSES)


def _reading(operation: Operation) -> Operation:
    """Let the plan's steps for reading calls come first."""

    def read(sandbox: Sandbox, call: Call) -> Reply:
        """Play the step, or read."""
        step = call.account.plan.take_reading()
        if isinstance(step, Fault):
            return fault_reply(call, step, None)
        return operation(sandbox, call) if step is None else raw_reply(step)

    return read


_RESPONSES_PATHS: dict[str, dict[str, Operation]] = {
    "/responses": {"POST": _GENERATE_RESPONSE},
    "/responses/{id}": {
        "GET": _reading(stored_responses.get_response),
        "DELETE": _reading(stored_responses.delete_response),
    },
    "/responses/{id}/input_items": {"GET": _reading(stored_responses.list_input_items)},
}
_OTHER_PATHS: dict[str, dict[str, Operation]] = {
    "/embeddings": {"POST": partial(serve, embeddings)},
    "/moderations": {"POST": partial(serve, moderations)},
    "/audio/speech": {"POST": partial(serve, speech)},
    "/audio/transcriptions": {"POST": partial(serve, transcription)},
}
_V1_PATHS: dict[str, dict[str, Operation]] = {
    **_RESPONSES_PATHS,
    **_OTHER_PATHS,
    "/chat/completions": {
        "POST": _GENERATE_CHAT,
        "GET": _reading(stored_completions.list_completions),
    },
    "/chat/completions/{id}": {
        "GET": _reading(stored_completions.get_completion),
        "POST": _reading(stored_completions.update_completion),
        "DELETE": _reading(stored_completions.delete_completion),
    },
    "/chat/completions/{id}/messages": {"GET": _reading(stored_completions.list_messages)},
    "/models": {"GET": _reading(list_models)},
    "/models/{id}": {"GET": _reading(get_model)},
}
_DATED_PATHS: dict[str, dict[str, Operation]] = {
    **_RESPONSES_PATHS,
    **{f"/deployments/{{deployment}}{path}": item for path, item in _OTHER_PATHS.items()},
    "/deployments/{deployment}/chat/completions": {"POST": _GENERATE_CHAT},
    "/models": {"GET": _reading(list_models)},
}


def build_app(sandbox: Sandbox) -> Starlette:
    """Return the ASGI application."""
    routes = ControlPlane(sandbox).routes()
    for prefix, service, paths in (
        ("/v1", Service.OPENAI, _V1_PATHS),
        ("/openai/v1", Service.AZURE_V1, _V1_PATHS),
        ("/openai", Service.AZURE_DATED, _DATED_PATHS),
    ):
        for path, operations in paths.items():
            endpoint = ServiceEndpoint(sandbox, service, operations)
            routes.append(Route(prefix + path, endpoint))
        routes.append(Route(prefix + "/{rest:path}", ServiceEndpoint(sandbox, service, {})))
    routes.append(Route("/{rest:path}", ServiceEndpoint(sandbox, Service.OPENAI, {})))
    return Starlette(routes=routes)


class ServiceEndpoint:
    """One path of the service: writes the journal, knows the key, applies the path's gates."""

    def __init__(
        self, sandbox: Sandbox, service: Service, operations: Mapping[str, Operation]
    ) -> None:
        """Serve `operations` by HTTP method; without any the path does not exist."""
        self._sandbox = sandbox
        self._service = service
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            content = await request.body()
        except ClientDisconnect:
            return
        await self._reply(request, content)(scope, receive, send)

    def _reply(self, request: Request, content: bytes) -> Reply:
        account = self._sandbox.accounts.find(self._key(request))
        if account is None:
            denied = self._service is not Service.OPENAI
            key = self._key(request)
            return refusal_reply(
                None, azure.access_denied() if denied else errors.invalid_api_key(key)
            )
        entry = account.journal.record(request, content)
        call = self._call(request, account, content)
        try:
            reply = self._operation(call)(self._sandbox, call)
        except ServiceError as refusal:
            reply = refusal_reply(call, refusal)
        entry.reply = reply
        return reply

    def _key(self, request: Request) -> str:
        """Return the key of the request: Azure takes two headers for it, OpenAI one."""
        if self._service is not Service.OPENAI and "api-key" in request.headers:
            return request.headers["api-key"]
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def _call(self, request: Request, account: Account, content: bytes) -> Call:
        return Call(
            service=self._service,
            account=account,
            method=request.method,
            path=request.url.path,
            path_names=request.path_params,
            query=request.query_params,
            headers=request.headers,
            content=content,
        )

    def _operation(self, call: Call) -> Operation:
        """Return what the path and method mean, once the service's gates are passed."""
        operation = self._operations.get(call.method)
        if call.is_azure:
            if operation is None:
                raise azure.resource_not_found()
            azure.check_api_version(call)
            return operation
        _check_owner(call)
        if operation is not None:
            return operation
        unknown = errors.wrong_method if self._operations else errors.unknown_url
        raise unknown(call.method, call.path)


def _check_owner(call: Call) -> None:
    """Refuse a key that is used for another organization or project than its own."""
    organization = call.headers.get("openai-organization")
    if organization not in (None, "", call.account.organization):
        raise errors.wrong_organization()
    project = call.headers.get("openai-project")
    if project not in (None, "", call.account.project):
        raise errors.wrong_project()
