"""One usage line per call, version 1 of the contract, and nothing in the log that must not be."""

import re
from hashlib import sha256
from pathlib import Path

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

TAGGED = {"enable_request_metadata": "enabled"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@every_mode
@four_routes
def test_the_line_has_every_fact_of_a_call(wire: Wire, route: str, stream: bool) -> None:
    usage: Json = {"input": 31, "cached": 16, "output": 7, "reasoning": 2}
    wire.plan({"text": ["Dark", "."], "usage": usage, "service_tier": "priority", "delay_ms": 5})
    before = len(wire.usage_lines())
    target = wire.target(
        route,
        enable_request_metadata="enabled",
        request_metadata_user="plain",
        request_tags="team=search, cost_center=42",
    )
    wire.ask(target, LLMOptions(stream=stream))
    (line,) = wire.usage_lines()[before:]
    at, identifier, request_id = line.pop("at"), line.pop("id"), line.pop("request_id")
    ms, first_ms, tier = line.pop("ms"), line.pop("first_ms"), line.pop("tier")
    call, cost = line.pop("call"), line.pop("cost")
    assert line == {
        "v": 1,
        "provider": "openai" if route.startswith("openai") else "azure_openai",
        "api": route.rpartition("-")[2],
        "why": "chosen" if route.endswith("responses") else None,
        "model": "gpt-4o-mini-2024-07-18",
        "app_id": APP,
        "user": sha256(USER.encode()).hexdigest(),
        "tags": {"team": "search", "cost_center": "42"},
        "stored": True,
        "input": 31,
        "cached": 16,
        "cache_write": 0,
        "output": 7,
        "reasoning": 2,
        "audio_input": 0,
        "audio_output": 0,
        "searches": 0,
        "estimated": False,
        "finish": "stop",
        "error": None,
    }
    assert RFC_3339.fullmatch(str(at))
    assert str(identifier).startswith(("chatcmpl-", "resp_"))
    assert request_id
    assert re.fullmatch(r"[0-9a-f]{16}", str(call))
    assert isinstance(ms, int)
    if stream:
        assert isinstance(first_ms, int)
        assert first_ms <= ms
    else:
        assert first_ms is None
    # Azure's Chat Completions name no tier.
    assert tier == (None if route == "azure-chat" else "priority")
    # 15 tokens at 0.15, 16 at 0.075 and 7 at 0.60 dollars for a million; priority costs 5/3 of it.
    assert cost == ("0.00000765" if route == "azure-chat" else "0.00001275")


@four_routes
def test_a_call_that_is_not_stored_or_outside_an_app_says_so(wire: Wire, route: str) -> None:
    wire.ask(wire.target(route))
    assert (wire.usage_lines()[-1]["stored"], wire.usage_lines()[-1]["app_id"]) == (False, APP)
    wire.ask(wire.target(route, enable_request_metadata="enabled"), app_id=None)
    assert (wire.usage_lines()[-1]["stored"], wire.usage_lines()[-1]["app_id"]) == (False, None)


def test_the_document_names_every_key_of_a_line(wire: Wire) -> None:
    wire.ask(wire.target("openai-responses"))
    text = (Path(__file__).parents[2] / "docs/metadata.md").read_text("utf-8")
    section = text.partition("## The usage line")[2].partition("\nThree keys stand")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(wire.usage_lines()[-1])


@pytest.mark.parametrize("choice", ["none", "digest", "plain"])
def test_the_end_user_is_named_by_a_digest_where_the_form_says_so(wire: Wire, choice: str) -> None:
    wire.ask(wire.target("openai-chat", request_metadata_user=choice))
    named = None if choice == "none" else sha256(USER.encode()).hexdigest()
    assert wire.usage_lines()[-1]["user"] == named


def test_two_failed_calls_are_told_apart_and_cost_what_nobody_knows(wire: Wire) -> None:
    wire.plan({"fault": "unauthorized"}, {"fault": "unauthorized"})
    for _ in range(2):
        with pytest.raises(PluginError):
            wire.ask(wire.target("openai-chat"))
    first, second = wire.usage_lines()[-2:]
    assert first["call"] != second["call"]
    assert (first["cost"], first["id"]) == (None, None)


@four_routes
def test_a_price_that_nobody_knows_is_null_and_not_nothing(wire: Wire, route: str) -> None:
    wire.plan({"text": "Dark.", "model": "gpt-9-nobody"})
    wire.change(models=["gpt-9-nobody"], deployments={"gpt-9-nobody": "gpt-9-nobody"})
    wire.ask(wire.target(route, "gpt-9-nobody"))
    assert wire.usage_lines()[-1]["cost"] is None


def test_the_line_says_why_a_call_cannot_be_listed(wire: Wire) -> None:
    wire.change(models=["gpt-5"])
    target = wire.target("openai-chat", "gpt-5", api_protocol="auto", **TAGGED)
    for parameters, why in (
        ({}, None),
        ({"enable_web_search": True}, "web_search"),
        ({"reasoning_summary": "auto"}, "reasoning_summary"),
    ):
        wire.ask(target, LLMOptions(model_parameters=parameters))
        assert wire.usage_lines()[-1]["why"] == why
    wire.ask(wire.target("openai-chat", "gpt-5", api_protocol="auto"))
    assert wire.usage_lines()[-1]["why"] == "preferred"


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
