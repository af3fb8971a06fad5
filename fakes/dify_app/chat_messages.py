"""POST /chat-messages: what a body must have, and the run that answers it."""

import uuid
from collections.abc import Iterator

from fakes.dify_app.answers import Asked, Script, compose
from fakes.dify_app.apps import Conversation, DifyApp, EndUser, Hang, Message, Mode, Task
from fakes.dify_app.chatflow_events import ChatflowEvents
from fakes.dify_app.events import AgentEvents, ChatEvents, NewAgentEvents, Turn
from fakes.dify_app.replies import PING, Refusal, Reply, to_bytes
from fakes.openai.json_types import JsonObject

_LONGEST_HANG_SECONDS = 600.0
_EVENTS: dict[Mode, type[ChatEvents]] = {
    Mode.CHAT: ChatEvents,
    Mode.AGENT_CHAT: AgentEvents,
    Mode.ADVANCED_CHAT: ChatflowEvents,
    Mode.AGENT: NewAgentEvents,
}


def answer(app: DifyApp, body: JsonObject) -> Reply:
    """Take a turn and answer it with a stream; raise Dify's refusal of a body that is wrong.

    The run goes on when its reader leaves; only the stop call ends it.
    """
    user = required_user(app, body)
    _check_body(app, body)
    identifier = str(body.get("conversation_id") or "").strip()
    conversation = _conversation(app, user, identifier)
    message, task = Message(body["query"]), Task(user)
    conversation.messages.append(message)
    app.running[task.id] = task
    turn = Turn(app, conversation, message, task, body["inputs"])
    return Reply(_run(turn, app.take(Hang)))


def required_user(app: DifyApp, body: JsonObject) -> EndUser:
    """Return the end user that a body names, which comes before all else.

    Source, controllers/service_api/wraps.py, `validate_app_token`.
    """
    if not body.get("user"):
        raise Refusal(400, "invalid_param", "Arg user must be provided.")
    return app.user(str(body["user"]))


def _check_body(app: DifyApp, body: JsonObject) -> None:
    """Raise the 400 of a field that is missing or wrong.

    Source, controllers/service_api/app/completion.py, `ChatRequestPayload`; required inputs,
    core/app/apps/base_app_generator.py, `_validate_inputs`. Blocking mode, which agents refuse
    (docs, guides/streaming.mdx, Choose a Response Mode), is not served by any app here.
    """
    if not isinstance(body.get("inputs"), dict):
        raise Refusal(400, "invalid_param", "inputs must be an object")
    if not isinstance(body.get("query"), str) or not body["query"]:
        raise Refusal(400, "invalid_param", "query is required")
    if body.get("response_mode") != "streaming":
        raise Refusal(400, "bad_request", "This app does not support blocking mode")
    for name in app.required_inputs:
        if body["inputs"].get(name) is None:
            raise Refusal(400, "invalid_param", f"{name} is required in input form")


def _conversation(app: DifyApp, user: EndUser, identifier: str) -> Conversation:
    """Return the conversation to continue, a new one without an id."""
    if not identifier:
        return app.begin_conversation(user)
    try:
        uuid.UUID(identifier)
    except ValueError:
        problem = "conversation_id must be a valid UUID"
        raise Refusal(400, "invalid_param", problem) from None
    if (
        app.mode is Mode.ADVANCED_CHAT
    ):  # it takes what it does not know for a new one (recording 89)
        return app.find_conversation(user, identifier) or app.begin_conversation(user)
    return existing_conversation(app, user, identifier)


def existing_conversation(app: DifyApp, user: EndUser, identifier: str) -> Conversation:
    """Return a conversation of this user, or raise the 404 of one that there is not.

    Recordings 18 and 49, which add what the router proposes.
    """
    found = app.find_conversation(user, identifier)
    if found is None:
        raise Refusal(404, "not_found", "Conversation Not Exists.")
    return found


def _run(turn: Turn, hang: Hang | None) -> Iterator[bytes]:
    """Yield the stream; each text is kept before it leaves."""
    try:
        if turn.app.mode is Mode.ADVANCED_CHAT:
            yield PING
        events = _EVENTS[turn.app.mode](turn, _script(turn))
        for number, event in enumerate(events.body()):
            if hang is not None and number == hang.after:
                yield from _pings_until_stopped(turn)
                yield to_bytes(events.stopped())
                return
            turn.message.answer += event.get("answer", "")
            yield to_bytes([event])
        yield to_bytes(events.closing())
    finally:
        turn.app.running.pop(turn.task.id)


def _pings_until_stopped(turn: Turn) -> Iterator[bytes]:
    for _ in range(int(_LONGEST_HANG_SECONDS / turn.app.ping_seconds)):
        if turn.task.stopped.wait(turn.app.ping_seconds):
            break
        yield PING


def _script(turn: Turn) -> Script:
    if turn.app.model is not None:
        return Script(turn.app.model(turn.app, turn.conversation))
    queries = [message.query for message in turn.conversation.messages]
    return compose(Asked(queries, turn.inputs, has_tools=turn.app.mode is not Mode.CHAT))
