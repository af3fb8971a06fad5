"""How a plugin process starts, breaks the rules, and stops: the raw plugin, without the SDK."""

import json
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from fakes.dify_daemon.errors import (
    AnswerTimeout,
    NoHeartbeat,
    PluginDied,
    PluginError,
    ProtocolViolation,
)
from fakes.dify_daemon.limits import DaemonLimits
from fakes.dify_daemon.plugin_process import PluginProcess

type StartRaw = Callable[..., PluginProcess]


def _message(kind: str, data: object = None) -> str:
    payload = {"type": kind, "data": {} if data is None else data}
    return json.dumps({"event": "session", "session_id": "%s", "data": payload}) + "\n"


_END = _message("end")
_ERROR = {"error_type": "A", "message": "b", "args": {}}


def _assert_nothing_is_left_of(pid: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    prefix = f"child-{pid}-"
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(prefix)] == []


def test_plugin_that_cannot_start_says_why(start_raw: StartRaw) -> None:
    with pytest.raises(PluginDied) as caught:
        start_raw("broken")
    assert str(caught.value) == (
        "The plugin exited with code 1 before its first heartbeat;"
        " its stderr ends with: cannot start: a file is missing"
    )


def test_wait_for_the_first_heartbeat_is_bounded(start_raw: StartRaw) -> None:
    threads = threading.active_count()
    with pytest.raises(NoHeartbeat, match=r"no heartbeat within 0\.2 seconds"):
        start_raw("silent", DaemonLimits(first_heartbeat=0.2))
    assert threading.active_count() == threads


def test_stopping_leaves_no_process_and_no_thread_and_is_told(start_raw: StartRaw) -> None:
    with start_raw() as plugin:
        assert plugin.child.alive
        session = plugin.open_session({})
    _assert_nothing_is_left_of(plugin.child.pid)
    with pytest.raises(PluginDied, match="was stopped while this session was open"):
        list(session)
    plugin.stop()


def test_exception_in_the_block_stops_the_plugin_and_passes(start_raw: StartRaw) -> None:
    plugin = start_raw()
    with pytest.raises(ZeroDivisionError), plugin:
        divmod(1, 0)
    _assert_nothing_is_left_of(plugin.child.pid)


def test_environment_is_what_the_daemon_sets_and_the_caller_gives(
    start_raw: StartRaw, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAW_PLUGIN_START", "broken")
    monkeypatch.setenv("OPENAI_API_KEY", "not for the plugin")
    with start_raw() as plugin:
        (environment,) = plugin.open_session({"report": "environment"})
    assert environment["RAW_PLUGIN_START"] == "ready"
    assert environment["INSTALL_METHOD"] == "local"
    assert "OPENAI_API_KEY" not in environment


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (_message("stream").replace("%s", "nobody"), "'nobody', which was never opened or has"),
        ('{"event": "session"}\n', "lacks its `session_id`"),
        ('{"event": "log", "data": {}}\n', "lacks its `level`"),
        (_message("invoke"), "calls back into Dify"),
        (_message("other"), "unknown type 'other'"),
        (_message("stream", [1]), "is no JSON object"),
        (_message("error", {"message": "b"}), "at most ten `args`"),
        (_message("error", {**_ERROR, "args": dict.fromkeys("abcdefghijk")}), "at most ten `args`"),
        (_message("error", _ERROR), None),
    ],
)
def test_open_session_is_told_of_a_broken_rule(
    start_raw: StartRaw, written: str, complaint: str | None
) -> None:
    expected = ProtocolViolation if complaint else PluginError
    with pytest.raises(expected, match=complaint), start_raw() as plugin:
        list(plugin.open_session({"write": written}))
    _assert_nothing_is_left_of(plugin.child.pid)


def test_message_after_the_end_is_raised_on_leaving(start_raw: StartRaw) -> None:
    plugin = start_raw()
    session = plugin.open_session({"write": _END + _message("stream")})
    assert list(session) == []
    with pytest.raises(AnswerTimeout):
        plugin.wait_for_log(lambda _: False, timeout=0.2)
    with pytest.raises(ProtocolViolation, match="which was never opened or has ended"), plugin:
        pass


@pytest.mark.parametrize(("length", "fits"), [(2000, True), (2001, False)])
def test_line_may_be_as_long_as_the_buffer(start_raw: StartRaw, length: int, fits: bool) -> None:
    shell = len(_message("stream", {"text": ""}).replace("%s", "id"))
    line = _message("stream", {"text": "x" * (length - shell)})
    expected = nullcontext() if fits else pytest.raises(ProtocolViolation, match="no end within")
    with expected, start_raw(limits=DaemonLimits(line_bytes=2000)) as plugin:
        session = plugin.open_session({"write": line + _END}, session_id="id")
        assert len(list(session)) == 1


def test_silent_plugin_is_killed(start_raw: StartRaw) -> None:
    limits = DaemonLimits(silence=1.5, silence_check=0.1)
    complaint = r"wrote nothing for 1\.5 seconds"
    with pytest.raises(ProtocolViolation, match=complaint), start_raw(limits=limits) as plugin:
        list(plugin.open_session({}))
    _assert_nothing_is_left_of(plugin.child.pid)


def test_plugin_that_keeps_writing_is_not_silent(start_raw: StartRaw) -> None:
    with start_raw(limits=DaemonLimits(silence=2.0, silence_check=0.05)) as plugin:
        for _ in range(4):
            with pytest.raises(AnswerTimeout):
                plugin.wait_for_log(lambda _: False, timeout=0.6)
            assert list(plugin.open_session({"write": _END})) == []


def test_what_is_no_event_is_collected_in_its_order(start_raw: StartRaw) -> None:
    # Go reads no NaN: to the daemon the last line is no event either.
    not_a_number = '{"event": "log", "data": {"level": "", "message": "", "timestamp": NaN}}'
    lines = ["plain text", '{"config": 1}', "[1]", '{"event": "news"}', not_a_number]
    errors = ['{"event": "error", "session_id": null, "data": {"error": "cannot read"}}']
    with start_raw() as plugin:
        write = "\n".join([*lines, *errors]) + "\n" + _END
        assert list(plugin.open_session({"write": write})) == []
        assert plugin.configuration == {"config": 1}
        assert plugin.noise == ["plain text", "[1]", '{"event": "news"}', not_a_number]
        assert plugin.errors == [{"error": "cannot read"}]


def test_stderr_keeps_its_tail(start_raw: StartRaw) -> None:
    with start_raw() as plugin:
        assert list(plugin.open_session({"say": "first\n" * 5000 + "last\n", "write": _END})) == []
    assert plugin.child.stderr_tail.endswith("first\nlast")
    assert len(plugin.child.stderr_tail) <= 8192


def test_plugin_that_does_not_read_stdin_blocks_nobody(start_raw: StartRaw) -> None:
    with start_raw() as plugin:
        plugin.open_session({"sleep": 60})
        session = plugin.open_session({"padding": "x" * 1_000_000})
        session.wait_seconds = 0.1
        with pytest.raises(AnswerTimeout):
            next(session)
    _assert_nothing_is_left_of(plugin.child.pid)
