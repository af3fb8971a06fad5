"""POST /chat-messages in both modes, and the call that stops one."""

from fakes.dify_app.answers import Script
from fakes.dify_app.call import DifyCall, DifyService
from fakes.dify_app.faults import BREAKING, fault_reply
from fakes.dify_app.generation import Generation
from fakes.dify_app.replies import json_reply, playback_reply
from fakes.dify_app.request import (
    ChatRequest,
    check_app,
    check_inputs,
    find_conversation,
    parse_chat_request,
)
from fakes.dify_app.steps import Playback
from fakes.dify_app.store import Conversation, EndUser
from fakes.dify_app.task_stream import TaskStream
from fakes.dify_app.turn import Turn
from fakes.openai.generation import raw_reply
from fakes.openai.steps import Fault, Raw
from fakes.openai.wire import Ending, Reply


async def chat_messages(service: DifyService, call: DifyCall) -> Reply | TaskStream:
    """Answer POST /chat-messages.

    A fault that needs no answer is served before the rules, as a gateway in front would; recorded
    streams and raw answers leave no turn behind.
    """
    step = call.app.plan.next()
    if isinstance(step, Fault) and step.kind not in BREAKING:
        call.app.plan.take()
        return fault_reply(step)
    user = call.required_user()
    call.check_mode()
    request = parse_chat_request(call.json_object())
    check_app(call.app, request)
    conversation = find_conversation(service.store, user, request)
    check_inputs(call.app, request)
    call.app.plan.take()
    if isinstance(step, Playback):
        return playback_reply(step)
    if isinstance(step, Raw):
        return raw_reply(step)
    turn = _begin(service, call, user, request, conversation)
    script = step if isinstance(step, Script) else None
    generation = Generation(service, turn, script, step if isinstance(step, Fault) else None)
    return TaskStream(generation) if request.streams else await _whole(generation)


async def stop_chat_message(service: DifyService, call: DifyCall) -> Reply:
    """Answer POST /chat-messages/{task_id}/stop: always a success, whatever became of the task."""
    user = call.required_user()
    call.check_mode()
    service.tasks.stop(call.path_names["task_id"], user)
    return json_reply({"result": "success"})


def _begin(
    service: DifyService,
    call: DifyCall,
    user: EndUser,
    request: ChatRequest,
    conversation: Conversation | None,
) -> Turn:
    """Keep the question and start its task; a failure later leaves the question where it is."""
    store = service.store
    if conversation is None:
        conversation = store.start_conversation(user, request.inputs)
    history = store.messages(conversation.id)
    message = store.add_message(conversation.id, request.query)
    return Turn(call.app, request, conversation, message, history, service.tasks.start(user))


async def _whole(generation: Generation) -> Reply:
    """Let the answer be made, then give it as one object."""
    async for _ in generation.pieces():
        pass
    if generation.failure is not None:
        raise generation.failure
    reply = json_reply(generation.whole())
    if generation.is_cut:
        reply.pieces = [reply.pieces[0][: len(reply.pieces[0]) // 2]]
        reply.ending = Ending.CUT
    return reply
