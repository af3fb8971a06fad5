"""What a call is, of a line, of a stored record, and of both."""

import hashlib
import json
from itertools import permutations
from typing import Any

import pytest

from tests.workshop.usage.daemon_lines import payload
from tools.usage.calls import Call, Holder, NoCall, call_of_completion, call_of_line, merged

_HOLDER = Holder("production", "openai")
_NEWER = {
    "call": "0123456789abcdef",
    "user": "a" * 64,
    "tags": {"team": "sales"},
    "searches": 2,
    "audio_input": 5,
    "audio_output": 6,
    "cost": "0.0011",
    "cache_write": 9,
    "cache_write_12h": 4,
    "why": "web_search",
}


def _line(**facts: Any) -> Call:
    return call_of_line(json.dumps(payload(**facts)))


def _completion(**facts: Any) -> Call:
    record = {
        "id": payload()["id"],
        "created": 1795816304,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"finish_reason": "stop", "message": {"content": "text"}}],
        "usage": {
            "prompt_tokens": 101,
            "completion_tokens": 11,
            "prompt_tokens_details": {"cached_tokens": 64},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
        "service_tier": "flex",
        "metadata": {"dify_app_id": "app-1", "dify_source": "dify", "team": "sales"},
    }
    return call_of_completion(record | facts, _HOLDER)


def test_newer_keys_are_read_and_older_lines_have_none() -> None:
    newer, older = _line(**_NEWER), _line()
    assert (newer.searches, newer.audio_input, newer.audio_output) == (2, 5, 6)
    assert (newer.cache_write_12h, older.cache_write_12h) == (4, 0)
    assert (newer.user_digest, newer.why, newer.tags) == ("a" * 64, "web_search", {"team": "sales"})
    assert (older.searches, older.user_digest, older.why, older.tags) == (0, None, None, {})
    assert newer.key == older.key


def test_calls_without_an_id_are_told_apart() -> None:
    assert _line(id=None, call="0123456789abcdef").key == "call:0123456789abcdef"
    first, second = _line(id=None), _line(id=None, ms=1401)
    assert first.key.startswith("line:")
    assert first.key != second.key
    assert _line(id=None) == first


def test_a_short_id_is_not_taken_for_one_of_a_kind() -> None:
    assert _line(id="chatcmpl-1", ms=1).key != _line(id="chatcmpl-1", ms=2).key


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"v": 2}, "version"),
        ({"at": "yesterday"}, "`at` is no time"),
        ({"at": "2026-11-27T21:51:44"}, "time zone"),
        ({"model": None}, "`model` is missing"),
        ({"provider": 7}, "`provider` is missing"),
    ],
)
def test_what_is_no_usage_line_is_told(facts: dict[str, Any], told: str) -> None:
    with pytest.raises(NoCall, match=told):
        _line(**facts)


@pytest.mark.parametrize("text", ["", "{", "[]", "1", '{"v": 1'])
def test_what_is_no_json_object_is_told(text: str) -> None:
    with pytest.raises(NoCall):
        call_of_line(text)


def test_odd_values_become_none_or_nothing() -> None:
    call = _line(input="many", cached=-1, output=True, ms="fast", tags=[1], tier=9, app_id=0)
    assert (call.input, call.cached, call.output, call.ms) == (0, 0, 0, 0)
    assert (call.tags, call.tier, call.app_id) == ({}, None, None)


def test_both_accounts_make_one_call_in_any_order() -> None:
    line, stored = _line(**_NEWER), _completion()
    orders = [*permutations([line, stored, line]), *permutations([stored, line, stored])]
    made = {repr(merged(merged(first, second), third)) for first, second, third in orders}
    assert len(made) == 1
    call = merged(line, stored)
    assert (call.input, call.cached, call.output, call.reasoning) == (101, 64, 11, 3)
    assert (call.tier, call.account, call.finish) == ("flex", "production", "stop")
    assert (call.at, call.ms, call.searches, call.why) == (line.at, 1400, 2, "web_search")
    assert (call.in_log, call.in_service, call.user_digest) == (True, True, "a" * 64)


def test_a_plain_user_becomes_the_digest_that_the_plugin_makes() -> None:
    digest = hashlib.sha256(b"ann@example.com").hexdigest()
    for sent in ("ann@example.com", digest):
        call = _completion(metadata={"dify_source": "dify", "dify_user": sent})
        assert call.user_digest == digest
        assert "dify_user" not in call.tags


def test_a_regional_host_is_remembered() -> None:
    host = Holder("production", "openai", "eu.api.openai.com")
    facts: dict[str, Any] = {
        "id": "chatcmpl-of-thirty-characters-",
        "created": 1,
        "model": "gpt-5.6-terra",
    }
    stored = call_of_completion(facts, host)
    told = _line(id=facts["id"], region_factor="1.1")
    assert (stored.region_factor, told.region_factor, _line().region_factor) == ("1.1", "1.1", "1")
    for odd in (1.1, "many", "-1", "1e9"):
        assert _line(region_factor=odd).region_factor == "1"
    for first, second in permutations([stored, _line(id=facts["id"])]):
        assert merged(first, second).region_factor == "1.1"
