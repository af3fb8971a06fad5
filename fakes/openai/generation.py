"""The life of one call: a fault, the rules, then the plan's next step in the form asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fakes.openai.audio import sound
from fakes.openai.call import Call
from fakes.openai.errors import ServiceError, service_error
from fakes.openai.faults import BREAKING, fault_reply
from fakes.openai.json_types import JsonObject
from fakes.openai.recordings import RecordedResponse, with_new_id
from fakes.openai.replies import event_pieces, json_reply, stream_reply
from fakes.openai.rules import Asked, apply
from fakes.openai.steps import Answer, Fault, Raw, Replay, Step
from fakes.openai.text_api import Rendered, TextApi, ToRender, parse_events
from fakes.openai.wire import Ending, Reply

_BROKE = "The server broke in the middle of its answer."
_OK = 200


def generate(api: TextApi, call: Call) -> Reply:
    """Answer POST /chat/completions or POST /responses.

    A fault that needs no answer is served before the rules, as a gateway in front would.
    """
    if early := _early_fault(call):
        return early
    asked = apply(api.rules, call, call.json_object())
    return _Generation(api, asked).reply(_take(call))


def serve(default: Callable[[Call], Reply], call: Call) -> Reply:
    """Answer a call that generates no text: by the plan's step where it fits, else by `default`.

    `default` applies the rules. A scripted text answer is left for the next call that takes one.
    """
    if early := _early_fault(call):
        return early
    reply = default(call)
    if isinstance(_next(call), Answer):
        return reply
    match _take(call):
        case Replay() as step:
            recorded = _recorded(call, step)
            return Reply(recorded.status, recorded.headers, [recorded.body], step.delivery)
        case Raw() as step:
            return _raw_reply(step)
        case Fault() as fault:
            return _half(reply, fault)
        case _:
            return reply


def read(records: Callable[[Call], Reply], call: Call) -> Reply:
    """Answer a call that reads records by the account's next step for those, else with them."""
    plan = call.account.reading_plan
    match plan.popleft() if plan else None:
        case Fault() as fault:
            return fault_reply(call, fault)
        case Raw() as step:
            return _raw_reply(step)
        case _:
            return records(call)


def _raw_reply(step: Raw) -> Reply:
    """Return whatever the step says, with a content length."""
    raw = step.raw
    body = raw.body.encode() if raw.body_base64 is None else raw.body_base64
    headers = {"content-length": str(len(body))}
    headers |= {name.lower(): value for name, value in raw.headers.items()}
    return Reply(raw.status, headers, [body], step.delivery)


@dataclass(frozen=True, slots=True)
class _Generation:
    """One accepted request on its way to its reply."""

    api: TextApi
    asked: Asked

    def reply(self, step: Step | None) -> Reply:
        """Return the answer that the step asks for, the echo without one."""
        match step:
            case None:
                return self._answered(self._echo())
            case Answer():
                return self._answered(step)
            case Replay():
                return self._replayed(step)
            case Raw():
                return _raw_reply(step)
            case Fault():
                return self._broken(step)

    def _echo(self) -> Answer:
        """Return what is answered without a step."""
        texts = self.api.input_texts(self.asked.body) or [""]
        return Answer(text=f"Echo: {texts[-1]}")

    def _render(self, answer: Answer) -> Rendered:
        asked = self.asked
        wanted = (asked.body.get("audio") or {}).get("format")
        spoken = sound(asked.call, wanted) if wanted else None
        form = ToRender(asked.body, asked.answering_model, asked.call.is_azure, spoken)
        return self.api.render(form, answer)

    def _answered(self, answer: Answer) -> Reply:
        rendered = self._render(answer)
        keep = partial(self._keep, rendered.whole)
        if self.asked.streams:
            return stream_reply(self.asked.call, rendered.events, answer.delivery, keep)
        return json_reply(self.asked.call, rendered.whole, answer.delivery, keep)

    def _replayed(self, step: Replay) -> Reply:
        recorded = _recorded(self.asked.call, step)
        keep, answer = None, self._answer_in(recorded)
        if self.asked.stores and recorded.status == _OK and answer and "id" in answer:
            recorded = with_new_id(recorded, answer["id"])
            keep = partial(self._keep, self._answer_in(recorded) or {})
        pieces = event_pieces(recorded.body) if recorded.is_event_stream else [recorded.body]
        return Reply(recorded.status, recorded.headers, pieces, step.delivery, before_end=keep)

    def _answer_in(self, recorded: RecordedResponse) -> JsonObject | None:
        if recorded.is_event_stream:
            return self.api.fold(parse_events(recorded.body))
        return recorded.answer

    def _broken(self, fault: Fault) -> Reply:
        rendered = self._render(self._echo())
        message = fault.text or _BROKE
        if not self.asked.streams:
            if fault.kind == "error_event":
                raise service_error(fault.status or 500, message, "server_error")
            return _half(json_reply(self.asked.call, rendered.whole), fault)
        events = rendered.events[: max(1, min(fault.after, len(rendered.events) - 1))]
        if fault.kind == "error_event":
            events = self.api.error_events(message, events)
        elif fault.kind == "malformed":
            events.append((fault.text or 'data: {"id": "broken\n\n').encode())
        reply = stream_reply(self.asked.call, events, fault.delivery)
        if fault.kind == "cut":
            reply.ending = Ending.CUT
        return reply

    def _keep(self, whole: JsonObject) -> None:
        if self.asked.stores:
            kept = self.api.kept(self.asked.body, whole)
            self.asked.call.state.store.add(self.asked.call.account.key, self.api.kind, kept)


def _next(call: Call) -> Step | None:
    """Return what the plan has next, without taking it."""
    return call.account.plan[0] if call.account.plan else None


def _take(call: Call) -> Step | None:
    return call.account.plan.popleft() if call.account.plan else None


def _early_fault(call: Call) -> Reply | None:
    step = _next(call)
    if not isinstance(step, Fault) or step.kind in BREAKING:
        return None
    _take(call)
    return fault_reply(call, step)


def _recorded(call: Call, step: Replay) -> RecordedResponse:
    """Return the recording that a step names; a wrong name is this service's own 500."""
    try:
        return call.state.recordings.response(step.recording, step.exchange)
    except LookupError as error:
        raise ServiceError(500, str(error)) from None


def _half(reply: Reply, fault: Fault) -> Reply:
    """Send half of the answer: as if it were all of it, or with the connection closed."""
    whole = b"".join(reply.pieces)
    half = whole[: len(whole) // 2]
    if fault.kind == "malformed":
        half = fault.text.encode() if fault.text is not None else half
        reply.headers["content-length"] = str(len(half))
    else:
        reply.ending = Ending.CUT
    reply.pieces, reply.delivery = [half], fault.delivery
    return reply
