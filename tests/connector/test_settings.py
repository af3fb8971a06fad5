"""The model's environment: what is accepted, and what is refused before anything is sent."""

from typing import Any

import pytest

from fakes.dify_app.apps import DifyApp
from integrations.aigo.run_inference import InputError, read_settings, run_inference
from tests.connector.dify_events import answer_events
from tests.connector.turns import KEY, ask, body_of, environment_of, reply_of

NEEDED = {"DIFY_URL": "https://dify.example", "DIFY_API_KEY": KEY}


@pytest.mark.parametrize(
    "path", ["", "/", "/v1", "/v1/", "/v1/chat-messages", "/dify", "/dify/v1", " "]
)
def test_the_address_may_end_as_people_write_it(dify: DifyApp, path: str) -> None:
    dify.plan(reply_of(*answer_events()))
    assert ask(dify, url=dify.url + path).answer == "Sunny."
    below = "/dify" if "dify" in path else ""
    assert [one.path for one in dify.received] == [f"{below}/v1/chat-messages"]


@pytest.mark.parametrize(
    "url",
    [
        *("dify.example", "ftp://dify.example", "https://", "http://[", "https://d.example/?a=b"),
        *(f"https://{'d' * 64}.example", "https://dify..example"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="`DIFY_URL` must be the address"):
        read_settings(NEEDED | {"DIFY_URL": url})


@pytest.mark.parametrize("name", ["DIFY_URL", "DIFY_API_KEY", "DIFY_APP_ID", "DIFY_RUN_TAG"])
@pytest.mark.parametrize("value", ["$DIFY_URL", "${DIFY_API_KEY}", "<< secrets.KEY >>"])
def test_a_variable_that_was_not_set_is_refused(dify: DifyApp, name: str, value: str) -> None:
    dify.plan()
    with pytest.raises(InputError, match=f"`{name}` is not set: its value is still the name"):
        run_inference(body_of(), environment_of(dify) | {name: value})
    assert dify.received == []


@pytest.mark.parametrize("name", sorted(NEEDED))
@pytest.mark.parametrize("value", [None, "", " "])
def test_what_is_needed_is_named(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"`{name}` is not set; give it"):
        read_settings(NEEDED | {name: value})


@pytest.mark.parametrize("key", ["app-ключ", "two words", "line\nbreak"])
def test_a_key_that_fits_into_no_header_is_refused_without_repeating_it(key: str) -> None:
    with pytest.raises(InputError, match="`DIFY_API_KEY` has characters") as raised:
        read_settings(NEEDED | {"DIFY_API_KEY": key})
    assert key not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DIFY_TIMEOUT", "soon", "a number from 0 to 86400"),
        ("DIFY_TIMEOUT", "nan", "a number from 0 to 86400"),
        ("DIFY_TIMEOUT", -1, "a number from 0 to 86400"),
        ("DIFY_RETRIES", "1000", "a number from 0 to 10"),
        ("DIFY_LOST_STATE", "forget", "one of: error, replay, ignore"),
        ("DIFY_SYSTEM", "input:", "one of: ignore, error, prefix, input:NAME"),
        ("DIFY_REASONING", "hide", "one of: extra, drop, keep"),
        ("DIFY_EMPTY_ANSWER", "yes", "one of: error, allow"),
        ("DIFY_INPUTS", "[1]", "must be a JSON object"),
        ("DIFY_INPUTS", "{", "must be a JSON object"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        read_settings(NEEDED | {name: value})
    assert f"`{name}`" in str(raised.value)


def test_what_is_not_set_has_its_default() -> None:
    settings = read_settings(NEEDED)
    assert settings.url == "https://dify.example/v1"
    assert (settings.timeout, settings.retries) == (120.0, 3)
    assert settings.user_prefix == "latticeflow"
    assert (settings.lost_state, settings.system) == ("error", "ignore")
    assert (settings.reasoning, settings.empty_answer) == ("extra", "error")
    assert settings.trace_nodes == {"tool", "knowledge-retrieval", "http-request", "agent-log"}
    assert (settings.inputs, settings.app_id, settings.evidence_file) == ({}, "", "")


def test_the_key_is_not_in_the_settings_as_text() -> None:
    assert KEY not in repr(read_settings(NEEDED))
