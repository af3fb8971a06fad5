"""The routes of the app API: which path and method is which operation."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from fakes.dify_app import reading
from fakes.dify_app.apps import DifyApp
from fakes.dify_app.call import DifyCall, DifyService
from fakes.dify_app.chat_messages import chat_messages, stop_chat_message
from fakes.dify_app.errors import DifyError, unauthorized, wrong_method
from fakes.dify_app.faults import fault_reply
from fakes.dify_app.replies import refusal_reply
from fakes.dify_app.task_stream import TaskStream
from fakes.openai.generation import raw_reply
from fakes.openai.steps import Fault
from fakes.openai.wire import Reply

type Answer = Reply | TaskStream
type Operation = Callable[[DifyService, DifyCall], Awaitable[Answer]]

PREFIX = "/v1"


def _reading(operation: Callable[[DifyService, DifyCall], Awaitable[Reply]]) -> Operation:
    """Let the plan's steps for reading calls come first."""

    async def read(service: DifyService, call: DifyCall) -> Answer:
        """Play the step, or read."""
        step = call.app.plan.take_reading()
        if step is None:
            return await operation(service, call)
        return fault_reply(step) if isinstance(step, Fault) else raw_reply(step)

    return read


_PATHS: dict[str, dict[str, Operation]] = {
    "/chat-messages": {"POST": chat_messages},
    "/chat-messages/{task_id}/stop": {"POST": _reading(stop_chat_message)},
    "/info": {"GET": _reading(reading.info)},
    "/parameters": {"GET": _reading(reading.parameters)},
    "/messages": {"GET": _reading(reading.messages)},
    "/conversations": {"GET": _reading(reading.conversations)},
    "/conversations/{id}": {"DELETE": _reading(reading.delete_conversation)},
    "/end-users/{id}": {"GET": _reading(reading.end_user)},
}


def dify_routes(service: DifyService) -> list[Route]:
    """Return the routes of the app API."""
    return [
        Route(PREFIX + path, DifyEndpoint(service, operations))
        for path, operations in _PATHS.items()
    ]


class DifyEndpoint:
    """One path of the app API: knows the key, writes the journal, runs the operation."""

    def __init__(self, service: DifyService, operations: Mapping[str, Operation]) -> None:
        """Serve `operations` by HTTP method."""
        self._service = service
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            content = await request.body()
        except ClientDisconnect:
            return
        answer = await self._answer(request, content)
        await answer(scope, receive, send)

    async def _answer(self, request: Request, content: bytes) -> Answer:
        try:
            app = self._app(request)
        except DifyError as refusal:
            return refusal_reply(refusal)
        entry = app.journal.record(request, content)
        call = DifyCall(
            app, self._service.store, request.path_params, request.query_params, content
        )
        answer: Answer
        try:
            answer = await self._operation(request.method)(self._service, call)
        except DifyError as refusal:
            answer = refusal_reply(refusal)
        entry.reply = answer
        return answer

    def _app(self, request: Request) -> DifyApp:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized("Authorization header must be provided and start with 'Bearer'")
        app = self._service.apps.find(key.strip())
        if app is None:
            raise unauthorized("Access token is invalid")
        return app

    def _operation(self, method: str) -> Operation:
        operation = self._operations.get(method)
        if operation is None:
            raise wrong_method()
        return operation
