"""The Responses API, and nothing else; the same four names as `chat`."""

from models.llm.responses.reply import to_reply
from models.llm.responses.request import PATH, build_body
from models.llm.responses.stream import to_events

__all__ = ["PATH", "build_body", "to_events", "to_reply"]
