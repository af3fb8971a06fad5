"""Odd answers of real servers, as Dify shows them: nothing good is lost, nothing breaks the page.

Each table is a kind of docs/field-cases.md.
"""

import json

import pytest
from pydantic import JsonValue

from fakes.dify_daemon.answers import LLMAnswer
from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import assistant_message, user_message
from fakes.dify_daemon.requests import LLMOptions
from tests.wire.ends import (
    Json,
    Wire,
    each_api_and_mode,
    every_mode,
    object_in,
    objects_in,
    raw_json,
    raw_stream,
)

CALL: Json = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"a": 1}'}
MESSAGE: Json = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Black."}],
}
COMPLETED = "response.completed"
DELTA: Json = {"type": "response.output_text.delta", "delta": "Black."}
JSON: Json = {"response_format": "json_object"}
ASKED_FOR_JSON: list[Json] = [user_message("Answer in JSON.")]


# Both services, each API in both modes.
ROUTES = {
    ("chat", True): "openai-chat",
    ("chat", False): "azure-chat",
    ("responses", True): "azure-v1-responses",
    ("responses", False): "openai-responses",
}
DELTAS = {
    "output_text": "output_text",
    "summary_text": "reasoning_summary_text",
    "reasoning_text": "reasoning_text",
}


def delta(text: JsonValue, **more: JsonValue) -> Json:
    return {"choices": [{"index": 0, "delta": {"content": text}, **more}]}


STOP: Json = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}


def ended(output: JsonValue, **more: JsonValue) -> Json:
    response: Json = {"status": "completed", "output": output, **more}
    return {"type": COMPLETED, "response": response}


def message(text: str, phase: str | None = None) -> Json:
    phased: Json = {"phase": phase} if phase else {}
    return {**MESSAGE, "content": [{"type": "output_text", "text": text}], **phased}


def item_events(item: Json, **place: JsonValue) -> list[Json]:
    """Return the events of an item: its beginning, each of its texts as a delta, its end."""
    begun = {key: value for key, value in item.items() if key not in {"content", "summary"}}
    parts = [part for key in ("summary", "content") for part in objects_in(item.get(key))]
    deltas: list[Json] = [
        {"type": f"response.{DELTAS[str(part['type'])]}.delta", "delta": part["text"], **place}
        for part in parts
    ]
    return [
        {"type": "response.output_item.added", "item": begun, **place},
        *deltas,
        {"type": "response.output_item.done", "item": item, **place},
    ]


def streamed_items(*items: Json) -> Json:
    """Return the step that streams these items, and the whole of them at the end."""
    events = [
        event for at, item in enumerate(items) for event in item_events(item, output_index=at)
    ]
    return raw_stream(*events, ended([*items]))


def whole_items(*items: Json) -> Json:
    return raw_json({"status": "completed", "output": [*items]})


def ask(
    wire: Wire, protocol: str, step: Json, *, stream: bool = True, parameters: Json | None = None
) -> LLMAnswer:
    wire.plan(step)
    options = LLMOptions(model_parameters=parameters or {}, stream=stream)
    return wire.ask(wire.target(ROUTES[protocol, stream]), options, messages=ASKED_FOR_JSON)


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


REASONING: Json = {
    "type": "reasoning",
    "summary": [],
    "content": [{"type": "reasoning_text", "text": "It is night."}],
}
THOUGHT = "<think>\nIt is night.\n</think>\n\n"
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


COMMENTARY = message("Let me look at the shelf.", "commentary")
FINAL = message("It is empty.", "final_answer")
# Output items, what is shown of them, and what of it where JSON was asked for.
PARAGRAPHS: dict[str, tuple[list[Json], str, str]] = {
    # microsoft/vscode#312173, langchain4j/langchain4j#6399
    "phases": (
        [COMMENTARY, FINAL],
        "Let me look at the shelf.\n\nIt is empty.",
        "It is empty.",
    ),
    "no-phases": ([message("One."), message("Two.")], "One.\n\nTwo.", "One.Two."),
    "reasoning-between": (
        [COMMENTARY, REASONING, FINAL],
        f"Let me look at the shelf.\n\n{THOUGHT}It is empty.",
        "It is empty.",
    ),
    "reasoning-first": ([REASONING, FINAL], f"{THOUGHT}It is empty.", "It is empty."),
    # langgenius/dify#28019
    "json-in-a-summary": (
        [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": '{"no": 1}'}]},
            message('{"yes": 1}'),
        ],
        '<think>\n{"no": 1}\n</think>\n\n{"yes": 1}',
        '{"yes": 1}',
    ),
    "three-with-a-silent-thought": (
        [COMMENTARY, {"type": "reasoning", "summary": []}, COMMENTARY, FINAL],
        "Let me look at the shelf.\n\nLet me look at the shelf.\n\nIt is empty.",
        "It is empty.",
    ),
    "commentary-alone": (
        [COMMENTARY],
        "Let me look at the shelf.",
        "Let me look at the shelf.",
    ),
}


@every_mode
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("name", PARAGRAPHS)
def test_messages_are_paragraphs_and_json_is_alone(
    wire: Wire, name: str, as_json: bool, stream: bool
) -> None:
    items, text, alone = PARAGRAPHS[name]
    step = streamed_items(*items) if stream else whole_items(*items)
    answer = ask(wire, "responses", step, stream=stream, parameters=JSON if as_json else None)
    assert answer.text == (alone if as_json else text)


@every_mode
@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_json_on_chat_is_alone_as_well(wire: Wire, field: str, stream: bool) -> None:
    said: Json = {field: '{"no": 1}'}
    streamed = raw_stream({"choices": [{"delta": said}]}, delta('{"yes": 1}'), STOP)
    whole = raw_json({"choices": [{"message": {**said, "content": '{"yes": 1}'}}]})
    answer = ask(wire, "chat", streamed if stream else whole, stream=stream, parameters=JSON)
    assert answer.text == '{"yes": 1}'


@every_mode
@pytest.mark.parametrize(
    ("pieces", "alone"),
    [
        (["<thi", 'nk>{"no": 1}</th', 'ink>\n\n{"yes"', ": 1}"], '{"yes": 1}'),
        (["\n<think>Hm.</think>", '{"yes": 1}'], '{"yes": 1}'),
        (['{"a": "<think>b</think>"}'], '{"a": "<think>b</think>"}'),
        (["<"], "<"),
        (["<think>Never ended"], "<think>Never ended"),
    ],
)
def test_thoughts_that_a_model_writes_into_its_text_are_no_json(
    wire: Wire, pieces: list[str], alone: str, stream: bool
) -> None:
    streamed = raw_stream(*(delta(piece) for piece in pieces), STOP)
    whole = raw_json({"choices": [{"message": {"content": "".join(pieces)}}]})
    answer = ask(wire, "chat", streamed if stream else whole, stream=stream, parameters=JSON)
    assert answer.text == alone


# datasette/datasette-extract#35; the others are ordinary characters of an answer.
ODD = "a\x00b\x85c\u2028d\u2029e\x0bf\x0cg"
CLEAN = "abc\u2028d\u2029e\x0bf\x0cg"


@every_mode
@pytest.mark.parametrize("protocol", ["chat", "responses"])
def test_no_character_that_dify_breaks_on_reaches_it(
    wire: Wire, protocol: str, stream: bool
) -> None:
    arguments = json.dumps({"a": f"\\{ODD}"}, ensure_ascii=False)
    function: Json = {"name": ODD, "arguments": arguments}
    said: Json = {
        "reasoning": ODD,
        "content": ODD,
        "tool_calls": [{"id": ODD, "function": function}],
    }
    call: Json = {**CALL, "call_id": ODD, **function}
    reasoning: Json = {"type": "reasoning", "summary": [{"type": "summary_text", "text": ODD}]}
    frame: Json = {"id": ODD, "model": ODD, "system_fingerprint": ODD}
    steps = {
        ("chat", True): raw_stream(
            {**frame, "choices": [{"delta": {"content": "\x00"}}]},
            {**frame, "choices": [{"delta": said, "finish_reason": "tool_calls"}]},
        ),
        ("chat", False): raw_json({**frame, "choices": [{"message": said}]}),
        ("responses", True): streamed_items(reasoning, message(ODD, "final_answer"), call),
        ("responses", False): whole_items(reasoning, message(ODD, "final_answer"), call),
    }
    answer = ask(wire, protocol, steps[protocol, stream], stream=stream)
    assert answer.text.endswith(f"<think>\n{CLEAN}\n</think>\n\n{CLEAN}")
    (told,) = answer.tool_calls
    assert told["id"] == CLEAN
    called = told["function"]
    assert isinstance(called, dict)
    assert called["name"] == CLEAN
    assert json.loads(str(called["arguments"])) == {"a": f"\\{CLEAN}"}


@pytest.mark.parametrize("protocol", ["chat", "responses"])
def test_an_error_is_told_without_them_too(wire: Wire, protocol: str) -> None:
    with pytest.raises(PluginError, match="no bread") as raised:
        ask(wire, protocol, raw_json({"error": {"message": "no\x00 bread\x85"}}, 400))
    assert not {"\x00", "\x85"} & set(raised.value.message)


# Title and address of a page, and its line in the list of sources.
PAGES = [
    ("[PDF] A `note`", "https://a.example/x", r"\[PDF\] A \`note\`"),
    ("Two\nlines ", "https://a.example/x", "Two lines"),
    ("a\\", "https://a.example/x", "a\\\\"),
    ("Sky", "https://a.example/Sky_(colour)", "Sky"),
    ("Sky", "https://a.example/a b\n<c>", "Sky"),
    (None, "https://a.example/[x]", r"https://a.example/\[x\]"),
]
ADDRESSES = {
    "https://a.example/Sky_(colour)": "https://a.example/Sky_%28colour%29",
    "https://a.example/a b\n<c>": "https://a.example/a%20b%0A%3Cc%3E",
}


@pytest.mark.parametrize(("title", "url", "shown"), PAGES)
def test_a_source_is_one_link_whatever_its_title_and_address(
    wire: Wire, title: str | None, url: str, shown: str
) -> None:
    note: Json = {"type": "url_citation", "url": url, "title": title}
    part: Json = {"type": "output_text", "text": "Black.", "annotations": [note, None, 7]}
    step = whole_items({**MESSAGE, "content": [part]})
    search: Json = {"enable_web_search": True}
    answer = ask(wire, "responses", step, stream=False, parameters=search)
    assert answer.text == f"Black.\n\nSources:\n1. [{shown}]({ADDRESSES.get(url, url)})"


@pytest.mark.parametrize("protocol", ["chat", "responses"])
@pytest.mark.parametrize(
    ("shown", "spoken"),
    [
        (f"{THOUGHT}Black.", "Black."),
        ("<think>\nIt is night.\n</think>\nBlack.", "Black."),
        (f"One.\n\n{THOUGHT}Two.", "One.\n\nTwo."),
        (f"One.\n\n{THOUGHT}{THOUGHT}Two.", "One.\n\nTwo."),
        ("I say <think> and mean it.", "I say <think> and mean it."),
    ],
)
def test_our_own_blocks_are_taken_out_of_the_history(
    wire: Wire, protocol: str, shown: str, spoken: str
) -> None:
    messages = [user_message("Why?"), assistant_message(shown), user_message("Go on.")]
    wire.ask(wire.target(f"openai-{protocol}"), messages=messages)
    (body,) = wire.bodies()
    sent = body["messages"] if protocol == "chat" else body["input"]
    assert isinstance(sent, list)
    said = sent[1]
    assert isinstance(said, dict)
    assert said["content"] == spoken
