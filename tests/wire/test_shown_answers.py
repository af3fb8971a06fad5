"""Answers of odd shape, of real servers, as Dify shows them: nothing good of them is lost.

Each table is a kind of docs/field-cases.md.
"""

import json

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    each_api_and_mode,
    object_in,
    raw_json,
    raw_stream,
)
from tests.wire.odd_answers import (
    CALL,
    COMPLETED,
    DELTA,
    MESSAGE,
    REASONING,
    STOP,
    THOUGHT,
    ask,
    delta,
    ended,
    item_events,
)

# A stream of Chat Completions, what is shown of it, and how it ended.
CHAT_STREAMS: dict[str, tuple[list[Json | str], str, str]] = {
    # alfredapp/openai-workflow#52
    "done-without-finish-reason": ([delta("Bla"), delta("ck."), "[DONE]"], "Black.", "stop"),
    "done-after-calls-alone": (
        [
            {"choices": [{"delta": {"tool_calls": [{"id": "c", "function": {"name": "f"}}]}}]},
            "[DONE]",
        ],
        "",
        "tool_calls",
    ),
    "done-with-a-space": ([delta("Black."), "[DONE] "], "Black.", "stop"),
    # langgenius/dify-official-plugins#2711
    "numbers-and-booleans": (
        [delta(26), delta(" or "), delta(2.5), delta(", "), delta(True), STOP],
        "26 or 2.5, true",
        "stop",
    ),
    # BerriAI/litellm#32237
    "empty-errors": (
        [{**delta("Bla"), "error": ""}, {**delta("ck."), "error": {}}, {**STOP, "error": None}],
        "Black.",
        "stop",
    ),
    "nothing-in-data": (["", "null", "  ", delta("Black."), "null", STOP], "Black.", "stop"),
    "integer-ids": ([{**delta("Black."), "id": 7, "model": 4.1}, STOP], "Black.", "stop"),
    "no-index": (
        [{"choices": [{"index": None, "delta": {"content": "Black."}, "finish_reason": "stop"}]}],
        "Black.",
        "stop",
    ),
    "side-fields-of-any-type": (
        [
            {
                **delta("Black."),
                "id": {"a": 1},
                "model": None,
                "usage": "none",
                "service_tier": [],
                "system_fingerprint": 12,
            },
            STOP,
        ],
        "Black.",
        "stop",
    ),
    "no-choices": ([{"choices": None}, delta("Black."), {"choices": None}, STOP], "Black.", "stop"),
    "only-the-first-choice": (
        [
            {
                "choices": [
                    {"index": 1, "delta": {"content": "No"}},
                    {"delta": {"content": "Black."}},
                ]
            },
            STOP,
        ],
        "Black.",
        "stop",
    ),
    "a-whole-answer-as-one-event": (
        [{"choices": [{"message": {"content": "Black."}, "finish_reason": "stop"}]}, "[DONE]"],
        "Black.",
        "stop",
    ),
    "the-whole-answer-once-more": (
        [
            delta("Black."),
            {"choices": [{"message": {"content": "Black."}, "finish_reason": "stop"}]},
        ],
        "Black.",
        "stop",
    ),
    # vllm-project/vllm#27755
    "reasoning": (
        [{"choices": [{"delta": {"reasoning": "It is night."}}]}, delta("Black."), STOP],
        "<think>\nIt is night.\n</think>\n\nBlack.",
        "stop",
    ),
    "reasoning-under-both-names": (
        [
            {"choices": [{"delta": {"reasoning": "Night.", "reasoning_content": "Night."}}]},
            delta("Black."),
            STOP,
        ],
        "<think>\nNight.\n</think>\n\nBlack.",
        "stop",
    ),
    # BerriAI/litellm#16272
    "thinking-parts": (
        [
            delta([{"type": "thinking", "thinking": [{"type": "text", "text": "It is"}]}]),
            delta([{"type": "thinking", "thinking": " night."}]),
            delta([{"type": "text", "text": "Bla"}, "ck."]),
            STOP,
        ],
        "<think>\nIt is night.\n</think>\n\nBlack.",
        "stop",
    ),
    "thinking-parts-with-summaries": (
        [
            delta([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "It is"}]}]),
            delta([{"type": "thinking", "text": " night."}, {"type": "text", "text": "Black."}]),
            STOP,
        ],
        "<think>\nIt is night.\n</think>\n\nBlack.",
        "stop",
    ),
    "empty-legacy-calls": (
        [
            {"choices": [{"delta": {"content": "Black.", "function_call": ""}}]},
            {"choices": [{"delta": {"function_call": {"name": "", "arguments": ""}}}]},
            STOP,
        ],
        "Black.",
        "stop",
    ),
    "reasoning-between-two-texts": (
        [delta("One."), {"choices": [{"delta": {"reasoning": "Hm."}}]}, delta("Two."), STOP],
        "One.\n\n<think>\nHm.\n</think>\n\nTwo.",
        "stop",
    ),
}


@pytest.mark.parametrize("name", CHAT_STREAMS)
def test_a_chat_stream_with_something_odd_is_shown(wire: Wire, name: str) -> None:
    events, text, finish = CHAT_STREAMS[name]
    answer = ask(wire, "chat", raw_stream(*events))
    assert (answer.text, answer.finish_reason) == (text, finish)
    assert answer.usage is not None


# A stream of Responses, what is shown of it, how it ended, and the names of its calls.
RESPONSES_STREAMS: dict[str, tuple[list[Json | str], str, str, list[str]]] = {
    # BerriAI/litellm#15714
    "status-stop": ([DELTA, ended([MESSAGE], status="stop")], "Black.", "stop", []),
    "status-complete": ([DELTA, ended([MESSAGE], status="complete")], "Black.", "stop", []),
    "status-null": ([DELTA, ended([MESSAGE, CALL], status=None)], "Black.", "tool_calls", ["look"]),
    "status-length": ([DELTA, ended([MESSAGE], status="length")], "Black.", "length", []),
    "status-in-progress": ([DELTA, ended([MESSAGE], status="in_progress")], "Black.", "stop", []),
    # open-webui/open-webui#27800, router-for-me/CLIProxyAPI#2626
    "empty-output": (
        [*item_events(MESSAGE), *item_events(CALL), ended([])],
        "Black.",
        "tool_calls",
        ["look"],
    ),
    "no-output": (
        [*item_events(CALL), {"type": COMPLETED, "response": {}}],
        "",
        "tool_calls",
        ["look"],
    ),
    "no-response": ([DELTA, {"type": COMPLETED}], "Black.", "stop", []),
    # BerriAI/litellm#32718
    "items-without-deltas": (
        [{"type": "response.output_item.done", "item": MESSAGE}, ended(None)],
        "Black.",
        "stop",
        [],
    ),
    "texts-without-deltas": (
        [
            {"type": "response.output_item.added", "item": {"type": "message"}},
            {"type": "response.output_text.done", "text": "Black."},
            *item_events(MESSAGE),
            {"type": "response.output_text.done", "text": "Black."},
            ended([]),
        ],
        "Black.\n\nBlack.",
        "stop",
        [],
    ),
    "done-after-whole-items": ([*item_events(MESSAGE), "[DONE]"], "Black.", "stop", []),
    # openai/openai-agents-python#1586
    "reasoning-text": (
        [*item_events(REASONING), *item_events(MESSAGE), ended([REASONING, MESSAGE])],
        f"{THOUGHT}Black.",
        "stop",
        [],
    ),
    "all-at-the-end": ([ended([REASONING, MESSAGE])], f"{THOUGHT}Black.", "stop", []),
    "odd-side-fields": (
        [
            {**DELTA, "error": {}},
            "null",
            {"type": "response.output_text.delta", "delta": 26},
            {"type": None, "error": ""},
            ended(
                [{**MESSAGE, "status": 3, "phase": 1, "content": "Black.26"}],
                id=7,
                model=None,
                usage={"input_tokens": None, "output_tokens": "5"},
                service_tier={},
            ),
        ],
        "Black.26",
        "stop",
        [],
    ),
}


@pytest.mark.parametrize("name", RESPONSES_STREAMS)
def test_a_responses_stream_with_something_odd_is_shown(wire: Wire, name: str) -> None:
    events, text, finish, calls = RESPONSES_STREAMS[name]
    answer = ask(wire, "responses", raw_stream(*events))
    assert (answer.text, answer.finish_reason) == (text, finish)
    assert [object_in(call["function"])["name"] for call in answer.tool_calls] == calls
    assert answer.usage is not None


CHOICE: Json = {"index": 0, "message": {"content": "Black."}, "finish_reason": "stop"}
# A whole answer: the API, its body, and what is shown of it.
WHOLE: dict[str, tuple[str, Json, str]] = {
    "chat-odd-side-fields": (
        "chat",
        {
            "id": 7,
            "error": "",
            "choices": [{**CHOICE, "index": None}],
            "usage": {"prompt_tokens": None},
        },
        "Black.",
    ),
    "chat-number": ("chat", {"choices": [{**CHOICE, "message": {"content": 26}}]}, "26"),
    "chat-two-choices": ("chat", {"choices": [CHOICE, {**CHOICE, "index": 1}]}, "Black."),
    "chat-reasoning": (
        "chat",
        {"choices": [{"message": {"reasoning": "It is night.", "content": "Black."}}]},
        f"{THOUGHT}Black.",
    ),
    "chat-thinking-parts": (
        "chat",
        {
            "choices": [
                {
                    "message": {
                        "content": [
                            {
                                "type": "thinking",
                                "thinking": [{"text": "It is "}, {"text": "night."}],
                            },
                            {"type": "text", "text": "Black."},
                        ]
                    }
                }
            ]
        },
        f"{THOUGHT}Black.",
    ),
    "responses-status-stop": ("responses", {"status": "stop", "output": [MESSAGE]}, "Black."),
    "responses-no-status": ("responses", {"output": [MESSAGE], "error": {}}, "Black."),
    "responses-reasoning-text": (
        "responses",
        {"status": "completed", "output": [REASONING, MESSAGE]},
        f"{THOUGHT}Black.",
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_answer_with_something_odd_is_shown(wire: Wire, name: str) -> None:
    protocol, body, text = WHOLE[name]
    answer = ask(wire, protocol, raw_json(body), stream=False)
    assert (answer.text, answer.finish_reason) == (text, "stop")


# What a server counted, and what Dify is told; None where it has to be estimated.
COUNTS: list[tuple[JsonValue, tuple[int, int] | None]] = [
    ([7, 5], (7, 5)),
    (["7", "5"], (7, 5)),
    ([7.0, 4.6], (7, 5)),
    ([None, 5], (0, 5)),
    ([7, {}], (7, 0)),
    ([None, None], None),
    ([1e300, "five"], None),
]


@pytest.mark.parametrize(("counts", "told"), COUNTS)
@each_api_and_mode
def test_token_counts_of_any_type_are_read_or_estimated(
    wire: Wire, route: str, stream: bool, counts: list[JsonValue], told: tuple[int, int] | None
) -> None:
    usage: Json
    if route.endswith("chat"):
        usage = dict(zip(("prompt_tokens", "completion_tokens"), counts, strict=True))
        usage["prompt_tokens_details"] = 0
        streamed: list[Json | str] = [delta("Black."), {**STOP, "usage": usage}, "[DONE]"]
        whole: Json = {"choices": [CHOICE], "usage": usage}
    else:
        usage = dict(zip(("input_tokens", "output_tokens"), counts, strict=True))
        usage["input_tokens_details"] = []
        streamed = [DELTA, ended([MESSAGE], usage=usage)]
        whole = {"status": "completed", "output": [MESSAGE], "usage": usage}
    wire.plan(raw_stream(*streamed) if stream else raw_json(whole))
    answer = wire.ask(wire.target(route), LLMOptions(stream=stream))
    assert (answer.text, answer.usage is not None) == ("Black.", True)
    line = wire.usage_lines()[-1]
    assert line["estimated"] is (told is None)
    if told is not None:
        assert (line["input"], line["output"]) == told


CHAT_EVENTS = "".join(f"data: {json.dumps(event)}\n\n" for event in (delta("Black."), STOP))
RESPONSES_EVENTS = "".join(f"data: {json.dumps(event)}\n\n" for event in (DELTA, ended([MESSAGE])))
BODIES = {
    "chat": (CHAT_EVENTS, json.dumps({"choices": [CHOICE]})),
    "responses": (RESPONSES_EVENTS, json.dumps({"status": "completed", "output": [MESSAGE]})),
}
# The content type that a server writes, and what comes before the body.
LABELS = [
    ("text/plain; charset=utf-8", ""),
    (None, ""),
    ("application/json", ""),
    ("text/event-stream", ""),
    ("TEXT/EVENT-STREAM;charset=UTF-8", ""),
    ("application/octet-stream", "\ufeff"),
    ("text/html", "\n\n"),
]


@pytest.mark.parametrize(("label", "before"), LABELS)
@pytest.mark.parametrize("protocol", BODIES)
@pytest.mark.parametrize("comes_streamed", [True, False], ids=["events", "object"])
def test_the_bytes_say_whether_an_answer_is_a_stream(
    wire: Wire, protocol: str, label: str | None, before: str, *, comes_streamed: bool
) -> None:
    events, whole = BODIES[protocol]
    heartbeat = ": ping\n\nevent: ping\n\n"
    body = before + (heartbeat + events if comes_streamed else whole)
    headers: Json = {"content-type": label} if label else {}
    step: Json = {"raw": {"headers": headers, "body": body}, "split": {"every": 3}}
    for stream in (True, False):
        answer = ask(wire, protocol, step, stream=stream)
        assert (answer.text, answer.finish_reason) == ("Black.", "stop")
