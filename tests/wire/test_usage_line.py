"""One usage line per call, version 1 of the contract, and nothing in the log that must not be."""

import re

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    APP,
    CONVERSATION,
    USER,
    Json,
    Wire,
    each_api_and_mode,
    every_mode,
    four_routes,
)

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@every_mode
@four_routes
def test_the_line_has_every_fact_of_a_call(wire: Wire, route: str, stream: bool) -> None:
    usage: Json = {"input": 31, "cached": 16, "output": 7, "reasoning": 2}
    wire.plan({"text": ["Dark", "."], "usage": usage, "service_tier": "flex", "delay_ms": 5})
    before = len(wire.usage_lines())
    target = wire.target(route, enable_request_metadata="enabled")
    wire.ask(target, LLMOptions(stream=stream))
    (line,) = wire.usage_lines()[before:]
    at, identifier, request_id = line.pop("at"), line.pop("id"), line.pop("request_id")
    ms, first_ms, tier = line.pop("ms"), line.pop("first_ms"), line.pop("tier")
    assert line == {
        "v": 1,
        "provider": "openai" if route.startswith("openai") else "azure_openai",
        "api": route.rpartition("-")[2],
        "model": "gpt-4o-mini-2024-07-18",
        "app_id": APP,
        "stored": True,
        "input": 31,
        "cached": 16,
        "cache_write": 0,
        "output": 7,
        "reasoning": 2,
        "estimated": False,
        "finish": "stop",
        "error": None,
    }
    assert RFC_3339.fullmatch(str(at))
    assert str(identifier).startswith(("chatcmpl-", "resp_"))
    assert request_id
    assert isinstance(ms, int)
    if stream:
        assert isinstance(first_ms, int)
        assert first_ms <= ms
    else:
        assert first_ms is None
    # Azure's Chat Completions name no tier.
    assert tier == (None if route == "azure-chat" else "flex")


@four_routes
def test_a_call_that_is_not_stored_or_outside_an_app_says_so(wire: Wire, route: str) -> None:
    wire.ask(wire.target(route))
    assert (wire.usage_lines()[-1]["stored"], wire.usage_lines()[-1]["app_id"]) == (False, APP)
    wire.ask(wire.target(route, enable_request_metadata="enabled"), app_id=None)
    assert (wire.usage_lines()[-1]["stored"], wire.usage_lines()[-1]["app_id"]) == (False, None)


@each_api_and_mode
def test_nothing_secret_and_no_content_is_ever_logged(wire: Wire, route: str, stream: bool) -> None:
    wire.plan({"text": "a confidential answer"}, {"fault": "content_filter"})
    target = wire.target(route, enable_request_metadata="enabled")
    wire.ask(target, LLMOptions(stream=stream))
    with pytest.raises(PluginError):
        wire.ask(target, LLMOptions(stream=stream))
    logged = " ".join(record.message for record in wire.plugin.log) + wire.plugin.child.stderr_tail
    for text in ("a confidential answer", wire.key, USER):
        assert text not in logged
    for message in CONVERSATION:
        assert str(message["content"]) not in logged


def test_the_prompt_cache_follows_the_app_and_not_the_user(wire: Wire) -> None:
    for app in ("one", "one", "two"):
        wire.ask(wire.target("openai-responses"), app_id=app)
    first, second, third = (body["prompt_cache_key"] for body in wire.bodies())
    assert first == second != third
