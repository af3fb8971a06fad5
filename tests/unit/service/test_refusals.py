"""What a call does without: one field at a time, remembered where it was refused, for a while."""

import logging
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace

import pytest

from models.failures.failure import Kind, Said, ServiceError
from models.failures.refused import WHOLE
from models.service import leaving_out, refusals
from models.service.endpoint import Endpoint
from models.service.leaving_out import Body
from tests.unit.endpoints import azure_at, openai_at

STRICT: Body = {"type": "function", "name": "f", "strict": False}
STRICT_CHAT: Body = {"type": "function", "function": {"name": "f", "strict": True}}
SERVER = "https://gateway.example/v1"


@pytest.fixture
def endpoint(request: pytest.FixtureRequest) -> Endpoint:
    """A compatible server that no other test has used."""
    return openai_at(base=SERVER, openai_api_key=str(hash(request.node.nodeid)))


# What is refused, a body, and what is left of it; {} stands for the body as it was
WITHOUT: list[tuple[str, Body, Body]] = [
    ("prompt_cache_key", {"model": "m", "prompt_cache_key": "k"}, {"model": "m"}),
    ("safety_identifier", {"safety_identifier": "u", "n": 1}, {"n": 1}),
    ("user", {"user": "u", "n": 1}, {"n": 1}),
    ("service_tier", {"service_tier": "flex", "n": 1}, {"n": 1}),
    ("parallel_tool_calls", {"parallel_tool_calls": False, "n": 1}, {"n": 1}),
    ("stream_options", {"stream": True, "stream_options": {}}, {"stream": True}),
    ("stream", {"stream": True, "stream_options": {}, "n": 1}, {"n": 1}),
    ("include", {"include": ["reasoning.encrypted_content"], "n": 1}, {"n": 1}),
    ("include", {"include": ["reasoning.encrypted_content", "x"]}, {"include": ["x"]}),
    ("reasoning.summary", {"reasoning": {"summary": "auto"}, "n": 1}, {"n": 1}),
    (
        "reasoning.summary",
        {"reasoning": {"summary": "auto", "effort": "low"}},
        {"reasoning": {"effort": "low"}},
    ),
    ("tools.strict", {"tools": [STRICT]}, {"tools": [{"type": "function", "name": "f"}]}),
    (
        "tools.strict",
        {"tools": [STRICT_CHAT, {"type": "web_search"}]},
        {"tools": [{"type": "function", "function": {"name": "f"}}, {"type": "web_search"}]},
    ),
    ("max_tokens", {"max_tokens": 5}, {"max_completion_tokens": 5}),
    ("max_completion_tokens", {"max_completion_tokens": 5}, {"max_tokens": 5}),
    (
        WHOLE,
        {"messages": []},
        {"messages": [], "stream": True, "stream_options": {"include_usage": True}},
    ),
    (WHOLE, {"input": []}, {"input": [], "stream": True}),
    ("metadata", {"metadata": {"a": "b"}}, {}),
    ("store", {"store": True}, {}),
    ("temperature", {"temperature": 1, "n": 1}, {"n": 1}),
    ("top_p", {"top_p": 1, "n": 1}, {"n": 1}),
    ("stop", {"stop": ["a"], "n": 1}, {"n": 1}),
    ("reasoning_effort=low", {"reasoning_effort": "low", "n": 1}, {"n": 1}),
    ("reasoning_effort=low", {"reasoning_effort": "high"}, {}),
    (
        "reasoning.effort=low",
        {"reasoning": {"summary": "auto", "effort": "low"}},
        {"reasoning": {"summary": "auto"}},
    ),
    ("reasoning.effort=low", {"reasoning": {"effort": "high"}}, {}),
    ("text.verbosity", {"text": {"verbosity": "low", "format": {}}}, {"text": {"format": {}}}),
    ("input", {"input": "x"}, {}),
    ("max_tokens", {"n": 1}, {}),
]


@pytest.mark.parametrize(("refused", "body", "left"), WITHOUT)
def test_a_field_is_done_without_on_a_new_body(refused: str, body: Body, left: Body) -> None:
    before = deepcopy(body)
    assert leaving_out.without(body, frozenset({refused})) == (left or body)
    assert body == before
    assert leaving_out.without(body, refusals.NOTHING) == body


def test_a_stream_without_options_where_both_are_refused() -> None:
    refused = frozenset({WHOLE, "stream_options"})
    assert leaving_out.without({"messages": []}, refused) == {"messages": [], "stream": True}


def fields_of(said: Said, body: Body, endpoint: Endpoint, status: int = 400) -> set[str]:
    failure = ServiceError(Kind.BAD_REQUEST, said, status=status)
    return set(refusals.refused_fields(failure, body, endpoint))


def unknown(param: str) -> Said:
    return Said("no", code="unknown_parameter", param=param)


FULL: Body = {
    "model": "m",
    "input": "x",
    "metadata": {"dify_app_id": "a"},
    "store": True,
    "include": ["reasoning.encrypted_content"],
    "reasoning": {"effort": "low", "summary": "auto"},
    "tools": [STRICT],
    "stream": True,
    "stream_options": {"include_usage": True},
    "temperature": 1,
    "user": "u",
}


@pytest.mark.parametrize(
    ("param", "field"),
    [
        ("metadata", "metadata"),
        ("store", "store"),
        ("user", "user"),
        ("include", "include"),
        ("reasoning.summary", "reasoning.summary"),
        ("reasoning.effort", "reasoning.effort=low"),
        ("temperature", "temperature"),
        ("tools[0].strict", "tools.strict"),
        ("tools[0].function.strict", "tools.strict"),
        ("tools.0.function.strict", "tools.strict"),
        ("stream", "stream"),
        ("stream_options.include_usage", "stream_options"),
        # Not sent, or what a call is about
        ("max_tokens", None),
        ("service_tier", None),
        ("reasoning_effort", None),
        ("text.verbosity", None),
        ("input", None),
        ("model", None),
        ("reasoning", None),
        ("validation_error", None),
        # Keys of the caller's
        ("metadata.dify_app_id", None),
        ("tools[0].function.parameters.store", None),
        ("tools[0].function.parameters.properties.strict", None),
        ("tools[0].parameters.strict", None),
        ("input[0].metadata", None),
    ],
)
def test_only_a_field_of_the_request_that_it_can_do_without(
    param: str, field: str | None, endpoint: Endpoint
) -> None:
    assert fields_of(unknown(param), FULL, endpoint) == ({field} if field else set())


@pytest.mark.parametrize(("status", "counts"), [(400, True), (422, True), (501, True)] + [
    (status, False) for status in (401, 403, 404, 429, 500, 503)
])  # fmt: skip
def test_only_a_status_about_the_request(status: int, counts: bool, endpoint: Endpoint) -> None:
    assert bool(fields_of(unknown("user"), FULL, endpoint, status)) is counts


def test_an_answer_in_one_piece_can_only_be_refused_where_it_was_asked_for(
    endpoint: Endpoint,
) -> None:
    said = Said("Stream must be set to true")
    assert fields_of(said, {"messages": []}, endpoint) == {WHOLE}
    assert fields_of(said, {"stream": False}, endpoint) == {WHOLE}
    assert fields_of(said, {"stream": True}, endpoint) == set()


def test_an_include_of_something_else_stays(endpoint: Endpoint) -> None:
    body: Body = {"include": ["web_search_call.action.sources"]}
    assert fields_of(unknown("include"), body, endpoint) == set()


@pytest.mark.parametrize(
    ("service", "body", "given_up"),
    [
        (openai_at(), {"store": False}, False),
        (azure_at(), {"store": False}, False),
        (openai_at(base=SERVER), {"store": False}, True),
        (openai_at(), {"store": True, "metadata": {}}, True),
    ],
)
def test_a_service_that_stores_is_always_told_not_to(
    service: Endpoint, body: Body, given_up: bool
) -> None:
    for said in (unknown("store"), Said("Unrecognized request argument supplied: store")):
        assert fields_of(said, body, service) == ({"store"} if given_up else set())


USER = frozenset({"user"})


@pytest.fixture
def warnings_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING, logger="models"):
        yield caplog


def test_a_refusal_is_remembered_per_endpoint_model_and_api(endpoint: Endpoint) -> None:
    refusals.remember(endpoint, "chat", USER)
    assert refusals.refused_by(endpoint, "chat") == USER
    elsewhere = replace(endpoint, name="another address")
    for other in (replace(endpoint, model="another"), elsewhere):
        assert refusals.refused_by(other, "chat") == refusals.NOTHING
    assert refusals.refused_by(endpoint, "responses") == refusals.NOTHING


def test_it_is_forgotten_after_ten_minutes_and_then_told_again(
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    warnings_logged: pytest.LogCaptureFixture,
) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    refusals.remember(endpoint, "chat", USER)
    refusals.remember_lacking(endpoint, "responses")
    for later, known in ((599.0, True), (601.0, False)):
        now = 1000.0 + later
        assert bool(refusals.refused_by(endpoint, "chat")) is known
        assert refusals.lacks(endpoint, "responses") is known
    refusals.remember(endpoint, "chat", USER)
    messages = [record.getMessage() for record in warnings_logged.records]
    assert messages[0].endswith("refuses `user` on chat; calls do without it for ten minutes")
    assert "is not served on responses" in messages[1]
    assert messages[2:] == messages[:1]


def test_a_field_is_told_once(
    endpoint: Endpoint, warnings_logged: pytest.LogCaptureFixture
) -> None:
    for fields in (USER, USER, USER | {"include"}):
        refusals.remember(endpoint, "chat", fields)
    assert [record.getMessage().split("`")[1] for record in warnings_logged.records] == [
        "user",
        "include",
    ]
