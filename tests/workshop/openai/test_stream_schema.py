"""What streams and objects look like, held against the published schema."""

import pytest

from fakes.openai.json_types import JsonObject
from fakes.openai.schema import PublishedSchema
from tests.workshop.openai.client import Route, ServiceClient, events_of

ANSWER: JsonObject = {
    "text": ["Hello", " there"],
    "reasoning": "A greeting.",
    "tool_calls": [{"name": "f", "arguments": '{"a": 1}'}],
}
STEPS = {
    "all": ANSWER,
    "refusal": {"refusal": "No."},
    "length": {"text": "cut", "finish": "length"},
    "failed": {"finish": "failed"},
}
# The service sends null where its own schema does not allow it.
_NULL_ON_THE_WIRE = ("usage", "user")
_EVENT_ORDER = [
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
]


@pytest.fixture(scope="module")
def schema() -> PublishedSchema:
    """The published schema."""
    return PublishedSchema()


def _without_nulls(value: JsonObject) -> JsonObject:
    kept = {k: v for k, v in value.items() if v is not None or k not in _NULL_ON_THE_WIRE}
    if isinstance(kept.get("response"), dict):
        kept["response"] = _without_nulls(kept["response"])
    return kept


@pytest.mark.parametrize("route", ["responses", "azure-responses"])
@pytest.mark.parametrize("name", STEPS)
def test_every_event_of_responses_is_published(
    client: ServiceClient, schema: PublishedSchema, route: Route, name: str
) -> None:
    client.account.extend_plan(STEPS[name])
    events = events_of(client.generate(route, stream=True).content)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    for event in events:
        violation = schema.violation("ResponseStreamEvent", _without_nulls(event))
        assert violation is None, (event, violation)


@pytest.mark.parametrize("name", ["all", "refusal", "length"])
def test_every_chunk_of_chat_is_published(
    client: ServiceClient, schema: PublishedSchema, name: str
) -> None:
    client.account.extend_plan(STEPS[name])
    options = {"include_usage": True}
    for chunk in events_of(client.generate("chat", stream=True, stream_options=options).content):
        violation = schema.violation("CreateChatCompletionStreamResponse", _without_nulls(chunk))
        assert violation is None, (chunk, violation)


@pytest.mark.parametrize(
    ("route", "name"),
    [("chat", "CreateChatCompletionResponse"), ("responses", "Response")],
)
def test_whole_answers_are_published(
    client: ServiceClient, schema: PublishedSchema, route: Route, name: str
) -> None:
    client.account.extend_plan(*(STEPS[key] for key in ("all", "refusal", "length")))
    for _ in range(3):
        answer = client.generate(route).json()
        assert schema.violation(name, _without_nulls(answer)) is None, answer


@pytest.mark.parametrize(
    ("finish", "last"),
    [
        ("stop", "response.completed"),
        ("length", "response.incomplete"),
        ("cancelled", "response.incomplete"),
        ("failed", "response.failed"),
    ],
)
def test_the_events_of_a_text_come_in_order(client: ServiceClient, finish: str, last: str) -> None:
    client.account.extend_plan({"text": ["a", "b"], "finish": finish})
    content = client.generate("responses", stream=True).content
    events = events_of(content)
    assert [event["type"] for event in events] == [*_EVENT_ORDER, last]
    named = [line[7:] for line in content.decode().split("\n") if line.startswith("event: ")]
    assert named == [event["type"] for event in events]


@pytest.mark.parametrize(("route", "options"), [("chat", {}), ("responses", {})])
def test_deltas_are_padded_unless_refused(
    client: ServiceClient, route: Route, options: JsonObject
) -> None:
    padded = events_of(client.generate(route, stream=True, stream_options=options).content)
    assert any("obfuscation" in event for event in padded)
    refused = {"include_obfuscation": False}
    plain = events_of(client.generate(route, stream=True, stream_options=refused).content)
    assert not any("obfuscation" in event for event in plain)
