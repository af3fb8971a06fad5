"""The same answer gives the same reply, whole or streamed, however the network cuts it."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from dify_plugin.entities.model.message import AssistantPromptMessage, ToolPromptMessage
from hypothesis import given
from hypothesis import strategies as st

from fakes.openai.schema import PublishedSchema
from models.llm import chat, joined_text, responses
from models.llm.reply import Content, Reply, ReplyEvent, ReplyFinished
from models.llm.responses.input_items import to_input_items
from tests.properties import chat_answers, responses_answers
from tests.properties.chat_answers import Answer
from tests.properties.streams import cuts_of, to_stream

_SCHEMA = PublishedSchema()
_NEW_ID = re.compile(r"call_[0-9a-f]{32}")


def joined(content: Iterable[Content]) -> list[tuple[type[Content], str]]:
    """Return text and reasoning in order, each as long as nothing else comes between."""
    return [
        (kind, "".join(piece.text for piece in pieces)) for kind, pieces in groupby(content, type)
    ]


def split_events(events: list[ReplyEvent]) -> tuple[list[Content], Reply]:
    """Return what was streamed, and the reply at the end."""
    *content, end = events
    assert isinstance(end, ReplyFinished)
    pieces = [piece for piece in content if not isinstance(piece, ReplyFinished)]
    assert len(pieces) == len(content)
    return pieces, end.reply


def with_known_ids(event: ReplyEvent) -> ReplyEvent:
    """Return an event without the ids that calls were given for want of their own."""
    if not isinstance(event, ReplyFinished):
        return event
    calls = tuple(replace(call, id=_NEW_ID.sub("new", call.id)) for call in event.reply.tool_calls)
    return ReplyFinished(replace(event.reply, tool_calls=calls))


@given(answer=chat_answers.answers(), data=st.data())
def test_a_chat_completion_is_the_same_in_both_forms(answer: Answer, data: st.DataObject) -> None:
    stream = to_stream(chat_answers.payloads_of(answer))
    cut = data.draw(cuts_of(stream))
    events = [with_known_ids(event) for event in chat.to_events(iter(cut))]
    # In one piece all that follows each other is joined.
    at_once = [with_known_ids(event) for event in chat.to_events(iter([stream]))]
    assert list(joined_text.joined(events)) == at_once
    content, streamed = split_events(events)
    end = ReplyFinished(chat.to_reply(json.dumps(answer.whole).encode()))
    _, whole = split_events([with_known_ids(end)])
    assert joined(content) == joined(streamed.content) == joined(whole.content)
    assert replace(streamed, content=()) == replace(whole, content=())


@given(answer=responses_answers.answers(), data=st.data())
def test_a_response_is_the_same_in_both_forms(answer: Answer, data: st.DataObject) -> None:
    stream = to_stream(responses_answers.payloads_of(answer))
    cut = data.draw(cuts_of(stream))
    events = [with_known_ids(event) for event in responses.to_events(iter(cut))]
    # In one piece all that follows each other is joined.
    at_once = [with_known_ids(event) for event in responses.to_events(iter([stream]))]
    assert list(joined_text.joined(events)) == at_once
    content, streamed = split_events(events)
    end = ReplyFinished(responses.to_reply(json.dumps(answer.whole).encode()))
    _, whole = split_events([with_known_ids(end)])
    assert joined(content) == joined(whole.content)
    assert streamed == whole


@given(answer=responses_answers.answers())
def test_what_a_response_hands_over_comes_back_as_it_was(answer: Answer) -> None:
    reply = responses.to_reply(json.dumps(answer.whole).encode())
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": "{}"}}
        for call in reply.tool_calls
    ]
    message = AssistantPromptMessage.model_validate(
        {"content": reply.text, "tool_calls": calls, "opaque_body": reply.opaque_body}
    )
    results = [ToolPromptMessage(content="x", tool_call_id=call.id) for call in reply.tool_calls]
    items = to_input_items([message, *results])
    if reply.opaque_body is not None and not any(_NEW_ID.fullmatch(str(c["id"])) for c in calls):
        assert items[: len(items) - len(results)] == answer.whole["output"]
    body = {"model": "m", "input": items}
    violation = _SCHEMA.violation("CreateResponse", body)
    assert violation is None, violation.message
