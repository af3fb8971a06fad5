"""Which events each mode of app sends: what comes before the end, and the ends there are."""

from collections.abc import Callable
from dataclasses import dataclass

from fakes.dify_app import agent_events, chat_events, new_agent_events, workflow_events
from fakes.dify_app.answers import Script
from fakes.dify_app.apps import Mode
from fakes.dify_app.errors import DifyError
from fakes.dify_app.turn import Turn
from fakes.openai.json_types import JsonObject


@dataclass(frozen=True, slots=True)
class EventShape:
    """A mode's stream; the texts of `body` make the answer, one of the others ends it."""

    body: Callable[[Turn, Script], list[JsonObject]]
    closing: Callable[[Turn, Script, str], list[JsonObject]]
    stopped: Callable[[Turn, str], list[JsonObject]] = chat_events.stopped
    failed: Callable[[Turn, DifyError], list[JsonObject]] = chat_events.failed
    pings_first: bool = False
    has_tools: bool = True


SHAPES = {
    Mode.CHAT: EventShape(chat_events.body, chat_events.closing, has_tools=False),
    Mode.AGENT_CHAT: EventShape(agent_events.body, agent_events.closing),
    Mode.AGENT: EventShape(new_agent_events.body, new_agent_events.closing),
    Mode.ADVANCED_CHAT: EventShape(
        workflow_events.body,
        workflow_events.closing,
        workflow_events.stopped,
        workflow_events.failed,
        pings_first=True,
    ),
}
