"""A request that nobody can read is told without repeating it, and with stdin the process ends."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.dify_daemon.answers import read_llm_answer
from fakes.dify_daemon.connection import request_line
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import user_message
from fakes.dify_daemon.plugin_process import PluginProcess, start_plugin
from fakes.dify_daemon.requests import ModelTarget, invoke_llm
from fakes.dify_daemon.session import Session
from tests.wire.raw_server import completion, open_call, raw_server, whole
from tests.wire.resident import at_most_larger_by

ROOT = Path(__file__).parents[2]
KEY = "a-canary-of-a-key-0123456789"
PROMPT = "canary-prompt-nobody-may-log"
TARGET = ModelTarget(provider="openai", model="gpt-4o-mini", credentials={"openai_api_key": KEY})
REQUEST = invoke_llm(TARGET, [user_message(PROMPT)])


class NoObject(list[str]):
    """A list for data, of which a session asks what it is to do."""

    def get(self, name: str) -> str:
        return name


@pytest.fixture(scope="module")
def process() -> Iterator[PluginProcess]:
    """A process of its own, whose output holds these requests alone."""
    with PluginProcess(ROOT) as process:
        yield process


def everything_of(process: PluginProcess) -> str:
    log = [record.message for record in process.log]
    return f"{log} {process.errors} {process.noise} {process.child.stderr_tail}"


@pytest.mark.parametrize(
    "line",
    [
        request_line("cut", REQUEST)[:-4] + b"\n",
        request_line("cut", REQUEST).replace(PROMPT.encode(), PROMPT.encode() + b"\xff"),
        json.dumps([KEY, PROMPT]).encode() + b"\n",
        json.dumps({"session_id": "s", "event": KEY, "data": PROMPT}).encode() + b"\n",
        json.dumps({KEY: PROMPT}).encode() + b"\n",
    ],
    ids=["cut", "no-text", "a-list", "unknown-event", "no-session"],
)
def test_a_line_that_is_no_request_is_left_out_and_only_measured(
    process: PluginProcess, line: bytes
) -> None:
    before = len(process.errors)
    process._send(line)
    with raw_server(lambda _: [whole(completion("Hi"))]) as server:
        assert read_llm_answer(open_call(process, server.target())).text == "Hi"
    said = f"a line of {len(line) - 1} bytes is no request and was left out"
    assert process.errors[before:] == [{"error": said}]
    assert not [canary for canary in (KEY, PROMPT) if canary in everything_of(process)]


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"credentials": [KEY]}, "credentials (dict_type)"),
        ({"credentials": KEY}, "credentials (dict_type)"),
        ({"stop": PROMPT}, "stop (list_type)"),
        ({"model_parameters": PROMPT}, "model_parameters (dict_type)"),
        ({"prompt_messages": [{"role": PROMPT, "content": ""}]}, "prompt_messages.role (enum)"),
        (
            {"prompt_messages": [{"role": "user", "content": [{"type": KEY, "data": PROMPT}]}]},
            "prompt_messages.content (value_error)",
        ),
        ({"tools": [{"name": [PROMPT]}]}, "tools.0.name (string_type), tools.0.description"),
        *(
            ({"prompt_messages": odd}, "prompt_messages (list_type)")
            for odd in ({PROMPT: KEY}, PROMPT, 7, None)
        ),
    ],
)
def test_a_request_that_does_not_fit_names_its_fields_and_no_value(
    process: PluginProcess, change: dict[str, object], fields: str
) -> None:
    with pytest.raises(PluginError) as raised:
        list(process.open_session({**REQUEST, **change}))  # type: ignore[dict-item]
    assert raised.value.error_type == "InvokeBadRequestError"
    assert f"The request: the plugin cannot read {fields}" in raised.value.message
    left = f"{raised.value.message} {raised.value.details} {everything_of(process)}"
    assert not [canary for canary in (KEY, PROMPT) if canary in left]


def test_a_line_that_is_too_long_is_refused_without_being_held(process: PluginProcess) -> None:
    session = process._sessions["long"] = Session("long", "invoke_llm", 60)
    # In pieces, so that nobody else holds it either.
    beginning, ending = request_line("long", {"text": "..."}).split(b"...")
    with at_most_larger_by(200, process):
        for piece in (beginning, *[b"a" * (1 << 20)] * 150, ending):
            process._send(piece)
        with pytest.raises(PluginError, match=r"has 157\.3 million bytes, .* smaller") as raised:
            list(session)
    assert raised.value.error_type == "InvokeBadRequestError"
    with raw_server(lambda _: [whole(completion("Hi"))]) as server:
        assert read_llm_answer(open_call(process, server.target())).text == "Hi"


def test_data_that_is_no_object_is_told(process: PluginProcess) -> None:
    with pytest.raises(PluginError, match=r"cannot read data \(dict_type\)") as raised:
        list(process.open_session(NoObject([PROMPT])))  # type: ignore[arg-type]
    assert raised.value.error_type == "InvokeBadRequestError"


def test_a_fault_of_the_sdk_is_told_by_its_place(process: PluginProcess) -> None:
    with pytest.raises(PluginError, match="the plugin failed with ValueError") as raised:
        list(process.open_session({**REQUEST, "provider": PROMPT}))
    assert raised.value.error_type == "InvokeError"
    assert PROMPT not in f"{raised.value.message} {raised.value.details} {everything_of(process)}"
    assert process.log[-1].message.startswith("A fault of the plugin: ValueError at ")


def test_the_process_ends_with_its_stdin() -> None:
    with start_plugin(ROOT) as child:
        assert child.first_line(30)
        child.stdin.close()
        assert child.wait(10) == 0
        assert child.stderr_tail == ""
