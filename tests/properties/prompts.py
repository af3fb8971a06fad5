"""Prompts as they reach the plugin: messages of every role, with parts and calls of any kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from dify_plugin.entities.model.message import (
    PromptMessage,
    PromptMessageTool,
    ensure_prompt_message,
)
from hypothesis import strategies as st

from fakes.dify_daemon.messages import to_sent_message
from tests.properties.json_values import Json, json_objects, json_values, nested, record, utf8_text

_ITEMS = "responses_output"


@dataclass(frozen=True, slots=True)
class Wording:
    """What messages are made of: any values at all, or only those that a service can mean."""

    call_ids: st.SearchStrategy[str]
    formats: st.SearchStrategy[str]
    opaque_bodies: st.SearchStrategy[object]


_odd_item = record(
    {}, optional=dict.fromkeys(("type", "call_id", "id", "summary", "content"), json_values)
)
_deep_items = st.integers(50, 200).map(lambda depth: [{"call_id": nested(depth)}])
odd_items = st.lists(_odd_item, min_size=1, max_size=3) | json_values | _deep_items
ANY = Wording(
    call_ids=utf8_text, formats=utf8_text, opaque_bodies=json_values | record({_ITEMS: odd_items})
)
_reasoning_item: Json = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "x"}
_text_part: Json = {"type": "output_text", "text": "x", "annotations": []}
_message_item: Json = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "status": "completed",
    "phase": "final_answer",
    "content": [_text_part],
}
PLAUSIBLE = Wording(
    call_ids=st.text(min_size=1, max_size=64),
    formats=st.sampled_from(["mp3", "wav", "MPEG", "x-wav", "wave"]),
    opaque_bodies=st.none()
    | json_objects
    | st.just({_ITEMS: [_reasoning_item, _message_item]})
    | st.lists(json_values, max_size=2),
)


def messages(wording: Wording) -> st.SearchStrategy[list[PromptMessage]]:
    """Return conversations with at least one text of a user."""
    spoken: Json = {"role": "user", "content": "hello"}
    return st.lists(_message(wording), max_size=5).map(
        lambda sent: [_received(message) for message in [*sent, spoken]]
    )


def tools() -> st.SearchStrategy[Sequence[PromptMessageTool]]:
    """Return tool definitions, whose parameters are any object."""
    deep = st.integers(50, 200).map(lambda depth: {"properties": nested(depth)})
    keys = st.sampled_from(["type", "properties", "required", "$defs", "additionalProperties"])
    parameters = json_objects | st.dictionaries(keys, json_values, max_size=4) | deep
    tool = st.builds(
        PromptMessageTool, name=utf8_text, description=utf8_text, parameters=parameters
    )
    return st.lists(tool, max_size=3)


def _received(message: Json) -> PromptMessage:
    return ensure_prompt_message(to_sent_message(message))


def _message(wording: Wording) -> st.SearchStrategy[Json]:
    texts = record({"type": st.just("text"), "data": utf8_text})
    content = utf8_text | st.lists(texts, max_size=2)
    rarely_files = content | content | content | st.lists(_file(wording), max_size=2)
    common: dict[str, st.SearchStrategy[object]] = {"content": rarely_files, "name": utf8_text}
    question = record(
        {
            "role": st.just("user"),
            "content": content | st.lists(texts | _file(wording), max_size=2),
            "name": utf8_text,
        }
    )
    instruction = record({"role": st.sampled_from(["system", "developer"]), **common})
    result = record({"role": st.just("tool"), **common, "tool_call_id": wording.call_ids})
    answer = record(
        {
            "role": st.just("assistant"),
            **common,
            "tool_calls": st.lists(_call(wording), max_size=3),
        },
        optional={"opaque_body": wording.opaque_bodies},
    )
    return question | instruction | result | answer


def _call(wording: Wording) -> st.SearchStrategy[Json]:
    function = record({"name": utf8_text, "arguments": utf8_text})
    return record({"id": wording.call_ids, "type": st.just("function"), "function": function})


def _file(wording: Wording) -> st.SearchStrategy[Json]:
    return record(
        {
            "type": st.sampled_from(["image", "image", "document", "audio", "video"]),
            "format": wording.formats,
            "mime_type": utf8_text,
            "detail": st.sampled_from(["low", "high"]),
            "url": st.just("") | utf8_text.map("https://host.example/{}".format),
            "base64_data": st.just("") | st.binary(max_size=9).map(bytes.hex),
            "filename": utf8_text,
        },
        optional={"opaque_body": json_values},
    )
