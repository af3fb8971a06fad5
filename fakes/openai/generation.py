"""The life of one generation: a fault, the rules, then the plan's next step in its form."""

import json
from functools import partial

from fakes.openai.call import Call, Sandbox
from fakes.openai.errors import ServiceError
from fakes.openai.faults import BREAKING, fault_reply, malformed_reply
from fakes.openai.json_types import JsonObject
from fakes.openai.recordings import RecordedResponse, with_new_id
from fakes.openai.replies import event_pieces, json_reply, stream_reply
from fakes.openai.steps import Answer, Fault, Raw, Replay, Step
from fakes.openai.text_api import GenerationRequest, TextApi, echo
from fakes.openai.wire import Ending, Reply

_BROKE = (
    "The server had an error processing your request. Sorry about that! You can retry your "
    "request, or contact us through our help center at help.openai.com if you keep seeing this "
    "error."
)


def generate(api: TextApi, sandbox: Sandbox, call: Call) -> Reply:
    """Answer POST /chat/completions or POST /responses.

    A fault that needs no answer is served before the rules, as a gateway in front would.
    """
    step = call.account.plan.next()
    if isinstance(step, Fault) and step.kind not in BREAKING:
        call.account.plan.take()
        return fault_reply(call, step, api.kind)
    request = api.check(sandbox, call)
    call.account.plan.take()
    return _Generation(api, sandbox, call, request).reply(step)


class _Generation:
    """One accepted request on its way to its reply."""

    def __init__(
        self, api: TextApi, sandbox: Sandbox, call: Call, request: GenerationRequest
    ) -> None:
        self._api = api
        self._sandbox = sandbox
        self._call = call
        self._request = request

    def reply(self, step: Step | None) -> Reply:
        """Return the answer that the step asks for, the echo without one."""
        match step:
            case None:
                return self._answered(echo(self._api.input_texts(self._request.body)))
            case Answer():
                return self._answered(step)
            case Replay():
                return self._replayed(step)
            case Raw():
                return raw_reply(step)
            case Fault():
                return self._broken(step)

    def _answered(self, answer: Answer) -> Reply:
        whole = self._api.answer(self._request, answer)
        keep = partial(self._keep, whole)
        if not self._request.streams:
            return json_reply(self._call, whole, answer.delivery, keep)
        events = self._api.events(self._request, answer, whole)
        return stream_reply(self._call, events, answer.delivery, keep)

    def _replayed(self, step: Replay) -> Reply:
        recorded = recorded_response(self._sandbox, step)
        answer = recorded.answer
        if recorded.is_event_stream:
            answer = self._api.fold(recorded.body)
        keep = None
        stored = self._request.stores and recorded.status == 200  # noqa: PLR2004
        if stored and answer and "id" in answer:
            recorded = with_new_id(recorded, answer["id"])
            answer = recorded.answer or self._api.fold(recorded.body)
            keep = partial(self._keep, answer) if answer else None
        pieces = event_pieces(recorded.body) if recorded.is_event_stream else [recorded.body]
        return Reply(recorded.status, recorded.headers, pieces, step.delivery, before_end=keep)

    def _broken(self, fault: Fault) -> Reply:
        answer = echo(self._api.input_texts(self._request.body))
        whole = self._api.answer(self._request, answer)
        if not self._request.streams:
            return self._broken_object(fault, whole)
        events = self._api.events(self._request, answer, whole)
        events = events[: max(1, min(fault.after, len(events) - 1))]
        if fault.kind == "error_event":
            events = self._api.error_events(fault.text or _BROKE, events)
        elif fault.kind == "malformed":
            events.append((fault.text or 'data: {"id": "broken\n\n').encode())
        reply = stream_reply(self._call, events, fault.delivery)
        if fault.kind == "cut":
            reply.ending = Ending.CUT
        return reply

    def _broken_object(self, fault: Fault, whole: JsonObject) -> Reply:
        if fault.kind == "error_event":
            kind = "server_error"
            error = {"message": fault.text or _BROKE, "type": kind, "param": None, "code": None}
            raise ServiceError(fault.status or 500, error)
        if fault.kind == "malformed":
            return malformed_reply(self._call, json.dumps(whole).encode(), fault)
        reply = json_reply(self._call, whole, fault.delivery)
        reply.pieces = [reply.pieces[0][: len(reply.pieces[0]) // 2]]
        reply.ending = Ending.CUT
        return reply

    def _keep(self, whole: JsonObject) -> None:
        if self._request.stores:
            stored = self._api.to_stored(self._request, whole)
            self._sandbox.store.add(self._call.account.key, self._api.kind, stored)


def recorded_response(sandbox: Sandbox, step: Replay) -> RecordedResponse:
    """Return the recording that a step names; a wrong name is the sandbox's own 500."""
    try:
        return sandbox.recordings.response(step.recording, step.exchange)
    except LookupError as error:
        raise ServiceError(500, str(error)) from None


def raw_reply(step: Raw) -> Reply:
    """Return whatever the step says, with a content length."""
    headers = {name.lower(): value for name, value in step.headers.items()}
    headers.setdefault("content-length", str(len(step.body)))
    return Reply(step.status, headers, [step.body], step.delivery)
