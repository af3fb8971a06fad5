"""One turn of a conversation as its events need it: the ids, what was said, what it cost."""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from fakes.dify_app.apps import DifyApp
from fakes.dify_app.request import ChatRequest
from fakes.dify_app.store import Conversation, Message
from fakes.dify_app.tasks import Task
from fakes.openai.json_types import JsonObject

_PRICES = {
    "prompt_unit_price": "0",
    "prompt_price_unit": "0.001",
    "prompt_price": "0",
    "completion_unit_price": "0",
    "completion_price_unit": "0.001",
    "completion_price": "0",
    "total_price": "0",
    "currency": "USD",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """An accepted request; `history` has the turns before it."""

    app: DifyApp
    request: ChatRequest
    conversation: Conversation
    message: Message
    history: Sequence[Message]
    task: Task
    workflow_run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.monotonic)

    def event(self, name: str, **fields: object) -> JsonObject:
        """Return an event with the keys that all have."""
        return {
            "event": name,
            "conversation_id": self.conversation.id,
            "message_id": self.message.id,
            "created_at": self.message.created,
            "task_id": self.task.id,
            **fields,
        }

    def text_event(self, name: str, text: str, **fields: object) -> JsonObject:
        """Return an event that carries text of the answer."""
        return self.event(name, id=self.message.id, answer=text, **fields)

    def message_end(self, answer: str, files: Sequence[JsonObject] | None = None) -> JsonObject:
        """Return the event that closes an answer."""
        return self.event(
            "message_end", id=self.message.id, metadata=self.metadata(answer), files=files
        )

    def error(self, envelope: JsonObject) -> JsonObject:
        """Return the event that ends a stream that failed; it alone has no task id."""
        event = self.event("error", **envelope)
        del event["task_id"]
        return event

    def metadata(self, answer: str) -> JsonObject:
        """Return what is said about an answer."""
        return {"annotation_reply": None, "retriever_resources": [], "usage": self.usage(answer)}

    def usage(self, answer: str) -> JsonObject:
        """Return the usage of an answer, counted in whitespace words."""
        said = [text for message in self.history for text in (message.query, message.answer)]
        prompt = sum(len(text.split()) for text in (*said, self.request.query))
        completion = len(answer.split())
        return _PRICES | {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "latency": round(time.monotonic() - self.started, 3),
            "time_to_first_token": None,
            "time_to_generate": None,
        }

    def derived_id(self, name: str) -> str:
        """Return an id that belongs to this turn and is the same whenever it is asked for."""
        return str(uuid.uuid5(uuid.UUID(self.message.id), name))
