"""Serves the endpoints that do not generate text: the plan's step where it fits, else a default."""

from collections.abc import Callable

from fakes.openai.call import Call, Sandbox
from fakes.openai.faults import BREAKING, fault_reply
from fakes.openai.generation import raw_reply, recorded_response
from fakes.openai.steps import Answer, Fault, Raw, Replay
from fakes.openai.wire import Ending, Reply

type Default = Callable[[Sandbox, Call], Reply]


def serve(default: Default, sandbox: Sandbox, call: Call) -> Reply:
    """Answer by the plan's next step, or by `default`, which also applies the rules.

    A scripted text answer is left in the plan for the next call that generates text.
    """
    step = call.account.plan.next()
    if isinstance(step, Fault) and step.kind not in BREAKING:
        call.account.plan.take()
        return fault_reply(call, step, None)
    reply = default(sandbox, call)
    if step is None or isinstance(step, Answer):
        return reply
    call.account.plan.take()
    match step:
        case Replay():
            recorded = recorded_response(sandbox, step)
            return Reply(recorded.status, recorded.headers, [recorded.body], step.delivery)
        case Raw():
            return raw_reply(step)
        case Fault():
            return _broken(reply, step)


def _broken(reply: Reply, fault: Fault) -> Reply:
    """Send half of the answer: as if it were all of it, or with the connection closed."""
    whole = b"".join(reply.pieces)
    reply.pieces = [whole[: len(whole) // 2]]
    reply.delivery = fault.delivery
    if fault.kind == "malformed":
        reply.headers["content-length"] = str(len(reply.pieces[0]))
    else:
        reply.ending = Ending.CUT
    return reply
