"""The text of an answer, as Dify shows it: paragraphs, JSON alone, and nothing that breaks a page.

Each table is a kind of docs/field-cases.md.
"""

import json

import pytest

from fakes.dify_daemon.errors import PluginError
from fakes.dify_daemon.messages import assistant_message, user_message
from tests.wire.ends import (
    Json,
    Wire,
    every_mode,
    raw_json,
    raw_stream,
)
from tests.wire.odd_answers import (
    CALL,
    JSON,
    MESSAGE,
    REASONING,
    STOP,
    THOUGHT,
    ask,
    delta,
    message,
    streamed_items,
    whole_items,
)

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
