"""Whatever a service sends is an answer with one end, or a ServiceError: never anything else."""

import json
from collections.abc import Generator, Iterable
from types import ModuleType

import pytest
from dify_plugin.errors.model import InvokeError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from models.catalogue.schemas import schema_of
from models.llm import chat, responses
from models.llm.llm_result import to_chunks
from models.llm.reply import Reply, ReplyEvent, ReplyFinished
from models.pricing import Pricing
from tests.properties import chat_answers, responses_answers
from tests.properties.chat_answers import Answer
from tests.properties.json_values import awkward_json_objects, json_texts, json_values, spoiled
from tests.properties.outcomes import assert_readable, result_or_failure
from tests.properties.streams import cuts_of, to_stream
from tests.unit.endpoints import openai_at

_PRICING = Pricing(openai_at("gpt-4o"), schema_of("gpt-4o", "gpt-4o", "openai"), started=0)
_ANSWERS = {"chat": chat_answers.answers(), "responses": responses_answers.answers()}
_MODULES: dict[str, ModuleType] = {"chat": chat, "responses": responses}
_apis = pytest.mark.parametrize("api", list(_MODULES))


def bodies(api: str) -> st.SearchStrategy[bytes]:
    """Return bodies of responses: right ones with something odd in them, and anything else."""
    wholes: st.SearchStrategy[JsonValue] = _ANSWERS[api].map(lambda answer: answer.whole)
    return _texts(spoiled(wholes)) | st.binary(max_size=60)


def streams(api: str) -> st.SearchStrategy[bytes]:
    """Return streams with one odd event, without some of their events, cut off, or of any bytes."""
    return _ANSWERS[api].flatmap(_spoiled_stream) | st.binary(max_size=60)


@st.composite
def _spoiled_stream(draw: st.DrawFn, answer: Answer) -> bytes:
    payloads = [json.dumps(payload).encode() for payload in answer.payloads]
    at = draw(st.integers(0, len(payloads) - 1))
    how = draw(st.sampled_from(["spoil", "spoil", "leave out", "cut", "repeat"]))
    if how == "spoil":
        original: st.SearchStrategy[JsonValue] = st.just(answer.payloads[at])
        payloads[at] = draw(_texts(spoiled(original)))
    elif how == "leave out":
        del payloads[at]
    elif how == "repeat":
        payloads.insert(at, payloads[draw(st.integers(0, len(payloads) - 1))])
    stream = to_stream(payloads)
    return stream[: draw(st.integers(0, len(stream)))] if how == "cut" else stream


def _texts(values: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[bytes]:
    texts = values.map(json.dumps) | json_texts | awkward_json_objects
    return texts.map(lambda text: text.encode("utf-8", "surrogatepass"))


def assert_can_be_told(reply: Reply) -> None:
    """Check that Dify's chunks can be made of a reply and written, or refuse it in one line."""
    for whole in (False, True):
        try:
            for chunk in to_chunks(
                _events_of(reply),
                model="m",
                price=_PRICING.usage_of,
                whole=whole,
            ):
                assert chunk.model_dump_json()
        except InvokeError as refusal:
            assert_readable(str(refusal))


def _events_of(reply: Reply) -> Generator[ReplyEvent]:
    yield from reply.content
    yield ReplyFinished(reply)


def _collected(events: Iterable[ReplyEvent], seen: list[ReplyEvent]) -> bool:
    seen += events
    return True


@_apis
@given(data=st.data())
def test_any_body_is_a_reply_or_a_failure(api: str, data: st.DataObject) -> None:
    body = data.draw(bodies(api))
    reply = result_or_failure(lambda: _MODULES[api].to_reply(body))
    if reply is not None:
        assert_can_be_told(reply)


@_apis
@given(data=st.data())
def test_any_stream_has_one_end_or_is_a_failure(api: str, data: st.DataObject) -> None:
    pieces = data.draw(streams(api).flatmap(cuts_of))
    seen: list[ReplyEvent] = []
    ended = result_or_failure(lambda: _collected(_MODULES[api].to_events(iter(pieces)), seen))
    ends = [event for event in seen if isinstance(event, ReplyFinished)]
    assert all(isinstance(event, ReplyFinished) or event.text for event in seen)
    if not ended:
        assert not ends
        return
    assert ends == seen[-1:]
    assert_can_be_told(ends[0].reply)


@given(kind=json_values, phase=json_values)
def test_an_item_of_any_type_does_not_harm_a_response(kind: JsonValue, phase: JsonValue) -> None:
    output: JsonValue = [{"type": kind, "phase": phase}]
    body = json.dumps({"status": "completed", "output": output}).encode()
    reply = responses.to_reply(body)
    assert reply.finish_reason == "stop"
    assert reply.opaque_body in (None, {"responses_output": output})
    assert_can_be_told(reply)


@given(count=st.integers(), api=st.sampled_from(["chat", "responses"]))
def test_any_token_count_can_be_told_or_is_a_failure(count: int, api: str) -> None:
    usage = {"prompt_tokens": count, "input_tokens": count}
    message = {"index": 0, "message": {"content": "x"}, "finish_reason": "stop"}
    body = {"status": "completed", "choices": [message], "usage": usage}
    reply = result_or_failure(lambda: _MODULES[api].to_reply(json.dumps(body).encode()))
    if reply is not None:
        assert_can_be_told(reply)
