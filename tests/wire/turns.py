"""One call as a Dify host keeps it: what the chunks said, and the messages that it makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from fakes.dify_daemon.messages import assistant_message, tool_message
from fakes.dify_daemon.requests import LLMOptions, ModelTarget
from tests.wire.ends import Json, Wire, object_in, objects_in


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call as Dify reads it; `arguments` is the text that the model wrote."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer to one call, folded; `chunks` is the number of pieces in which it came."""

    text: str
    calls: tuple[Call, ...]
    finish_reason: str
    usage: Json
    opaque_body: JsonValue
    chunks: int

    def as_message(self, *, with_opaque_body: bool) -> Json:
        """Return the assistant message that the host appends to the conversation."""
        calls: list[Json] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in self.calls
        ]
        message = assistant_message(self.text, calls)
        return message | ({"opaque_body": self.opaque_body} if with_opaque_body else {})

    def results(self, *texts: str) -> list[Json]:
        """Return the tool messages for this turn's calls, one text for each."""
        return [tool_message(call.id, text) for call, text in zip(self.calls, texts, strict=True)]


def take_turn(
    wire: Wire, target: ModelTarget, messages: Sequence[Json], options: LLMOptions | None = None
) -> Turn:
    """Ask, read to the end, and check that only the last chunk has calls, usage and the finish.

    Raises:
        PluginError: the plugin answered with an error.
    """
    chunks = list(wire.open_call(target, options, messages=list(messages)))
    deltas = [object_in(chunk["delta"]) for chunk in chunks]
    said = [object_in(delta["message"]) for delta in deltas]
    for delta, message in zip(deltas[:-1], said[:-1], strict=True):
        assert not message.get("tool_calls")
        assert message.get("opaque_body") is None
        assert (delta.get("usage"), delta.get("finish_reason")) == (None, None)
    assert deltas[-1]["usage"]
    return Turn(
        text="".join(str(message["content"]) for message in said),
        calls=tuple(_to_call(call) for call in objects_in(said[-1].get("tool_calls"))),
        finish_reason=str(deltas[-1]["finish_reason"]),
        usage=object_in(deltas[-1]["usage"]),
        opaque_body=said[-1].get("opaque_body"),
        chunks=len(chunks),
    )


def _to_call(call: Json) -> Call:
    assert call["type"] == "function"
    function = object_in(call["function"])
    return Call(str(call["id"]), str(function["name"]), str(function["arguments"]))
