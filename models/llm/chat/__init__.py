"""Chat Completions, and nothing else; the same four names as `responses`."""

from models.llm.chat.reply import to_reply
from models.llm.chat.request import PATH, build_body
from models.llm.chat.stream import to_events

__all__ = ["PATH", "build_body", "to_events", "to_reply"]
