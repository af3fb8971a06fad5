"""Usage lines are found in every form in which a daemon's log reaches people, and nothing else."""

import json

import pytest

from tests.workshop.usage.daemon_lines import FOREIGN, as_json, as_text, message
from tools.usage.calls import Call, NoCall
from tools.usage.daemon_log import calls_in

_ODD = {"team": 'a "b" \\ c\t\u200b\x7f ü', "path": "C:\\x7f"}
_SAID = message(tags=_ODD)
_COMPOSE = "plugin_daemon-1  | "


@pytest.mark.parametrize(
    "line",
    [
        as_text(_SAID),
        as_text(_SAID, message_first=True),
        as_text(_SAID) + "\r",
        _COMPOSE + as_text(_SAID),
        as_json(_SAID),
        _COMPOSE + as_json(_SAID),
        json.dumps({"log": as_text(_SAID) + "\n", "stream": "stdout", "time": "2026"}),
        json.dumps({"log": as_json(_SAID) + "\n", "stream": "stdout", "time": "2026"}),
        f"2026-11-27T21:51:44Z stdout F {as_text(_SAID)}",
        _SAID,
    ],
    ids=[
        *("text", "message first", "windows", "compose", "json", "compose json", "docker"),
        *("docker json", "kubernetes", "bare"),
    ],
)
def test_every_form_tells_the_same_call(line: str) -> None:
    (call,) = calls_in(line.encode())
    assert isinstance(call, Call)
    assert (call.key, call.input, call.cached, call.ms) == (
        "openai:chatcmpl-e79a8b9562caa9f0cbeea4db1bdf",
        *(100, 20, 1400),
    )
    assert call.tags == _ODD


@pytest.mark.parametrize("line", FOREIGN)
def test_foreign_lines_are_left_alone(line: str) -> None:
    assert list(calls_in(line.encode())) == []


def test_a_quoted_line_is_not_believed() -> None:
    forged = as_text(f"prompt: {as_text(message())}")
    assert list(calls_in(forged.encode())) == []
    unquoted = f"SELECT 1 WHERE name = ' {as_text(message()).partition('log ')[2]}'"
    assert list(calls_in(unquoted.encode())) == []


@pytest.mark.parametrize("whole", [as_text(message()), as_json(message()), message()])
def test_half_a_line_is_told(whole: str) -> None:
    for end in (whole.index("provider"), whole.index("first_ms")):
        (fault,) = calls_in(whole[:end].encode())
        assert isinstance(fault, NoCall)
        assert "cut" in str(fault)


def test_a_line_behind_half_a_line_counts() -> None:
    half = as_text(message())[:300]
    fault, call = calls_in((half + as_text(message(app_id="app-2"))).encode())
    assert isinstance(fault, NoCall)
    assert isinstance(call, Call)
    assert call.app_id == "app-2"
