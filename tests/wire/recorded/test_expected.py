"""The reader of the recordings, held against what a person reads in the files."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.wire.recorded.exchanges import TESTED
from tests.wire.recorded.expected import Tokens
from tests.wire.recorded.replay import answer_of

MATH = "The number is 9, since 1 + x = 10 \N{RIGHTWARDS DOUBLE ARROW} x = 10 \N{MINUS SIGN} 1 = 9."
PAGE = "https://www.britannica.com/place/Mount-Columbia?utm_source=openai"


@dataclass(frozen=True, slots=True)
class Row:
    """An answer as it stands in its file; `begins` and `ends` are those of its text."""

    begins: str
    finish: str
    tokens: Tokens | None
    ends: str = ""
    calls: Sequence[tuple[str, str]] = ()
    """The name of each call, and its arguments as the model wrote them."""
    items: tuple[str, ...] = ()
    """The types of the items that are handed over for the next turn."""


ROWS = {
    "chat-text-gpt-4o-0": Row("\\(4200 + 42 = 4242\\).", "stop", Tokens(16, 12)),
    "chat-tools-parallel-0": Row(
        "",
        "tool_calls",
        Tokens(70, 46),
        calls=[
            ("get_current_weather", '{"location": "San Francisco"}'),
            ("get_current_weather", '{"location": "Boston"}'),
        ],
    ),
    # The service says `stop`, because the tool was forced.
    "chat-stream-forced-tool-finish-stop-0": Row(
        "", "tool_calls", Tokens(57, 13), calls=[("return_list_of_int", '{"value":[1,2,3,4,5]}')]
    ),
    # The second choice, interleaved with the first, goes on with `"unit":"celsius"`.
    "chat-stream-two-choices-tools-0": Row(
        "",
        "tool_calls",
        Tokens(85, 43),
        calls=[("get_current_weather", '{"location":"San Francisco, CA"}')],
    ),
    "chat-function-call-legacy-0": Row(
        "",
        "tool_calls",
        Tokens(82, 16),
        calls=[("get_current_weather", '{\n  "location": "Boston"\n}')],
    ),
    "chat-custom-tool-0": Row(
        "", "tool_calls", Tokens(241, 214, reasoning=192), calls=[("math_exp", "4 + 4")]
    ),
    "chat-audio-output-0": Row("beep", "stop", Tokens(22, 18)),
    "chat-cache-write-then-read-0": Row("OK", "stop", Tokens(4020, 4, cache_write=4012)),
    "chat-stream-text-gpt-5-nano-0": Row("", "stop", None),
    "azure-responses-stream-content-filter-0": Row(
        "I'm sorry, but I cannot assist with that request.", "content_filter", Tokens(0, 0)
    ),
    "responses-incomplete-0": Row(
        "Sure! Here is a list of all 50 U.S. states:\n\n1. Al", "length", Tokens(14, 50)
    ),
    "responses-stream-reasoning-summary-0": Row(
        "<think>\n**Solving for the number**\n\nThe user is asking",
        "stop",
        Tokens(20, 166, reasoning=128),
        # Nothing to hand over: its reasoning was not encrypted.
        ends=f"calculated as x = 10 - 1.\n</think>\n\n{MATH}",
    ),
    # Two summaries with no text between them are one thought.
    "responses-code-interpreter-0": Row(
        "<think>\n**Calculating expression order**\n\nI need to compute",
        "stop",
        Tokens(1493, 125, cached=1280, reasoning=64),
        ends="different grouping with parentheses, let me know.",
        items=("reasoning", "code_interpreter_call", "reasoning", "message"),
    ),
    "responses-phase-0": Row(
        'I\'ll check the capital lookup tool for "PotatoLand."',
        "tool_calls",
        Tokens(63, 72, reasoning=29),
        calls=[("get_capital", '{"country":"PotatoLand"}')],
        items=("reasoning", "message", "function_call"),
    ),
    "responses-encrypted-reasoning-loop-3": Row(
        "",
        "tool_calls",
        Tokens(532, 119, reasoning=17),
        calls=[
            ("db_lookup", '{"key":"begin"}'),
            ("db_lookup", '{"key":"value"}'),
            ("db_lookup", '{"key":"the value 7"}'),
            ("db_lookup", '{"key":"Begin with the value 7."}'),
            ("db_lookup", '{"key":"start2"}'),
        ],
        items=("reasoning", *["function_call"] * 5),
    ),
    "responses-web-search-0": Row(
        "The tallest mountain in Alberta is **Mount Columbia**, which rises to",
        "stop",
        Tokens(8530, 98, reasoning=49),
        ends=f"([britannica.com]({PAGE}))",
        items=("web_search_call", "message"),
    ),
}
BY_NAME = {exchange.label: exchange for exchange in TESTED}


@pytest.mark.parametrize("label", ROWS)
def test_an_answer_is_read_as_it_stands_in_the_file(label: str) -> None:
    row, answer = ROWS[label], answer_of(BY_NAME[label])
    assert answer.text.startswith(row.begins)
    assert answer.text.endswith(row.ends)
    assert (answer.finish, answer.tokens) == (row.finish, row.tokens)
    assert [(call.name, call.arguments) for call in answer.calls] == [*row.calls]
    handed_over = answer.opaque_body
    items = handed_over["responses_output"] if isinstance(handed_over, dict) else []
    assert isinstance(items, list)
    assert tuple(item["type"] for item in items if isinstance(item, dict)) == row.items


def test_two_summaries_are_joined_by_a_blank_line() -> None:
    text = answer_of(BY_NAME["responses-code-interpreter-0"]).text
    assert (
        "I\N{RIGHT SINGLE QUOTATION MARK}ll use my Python tool for this.\n\n**Considering" in text
    )
    assert "all the information they need!\n</think>\n\nUsing standard order of operations" in text
    assert (text.count("<think>"), text.count("</think>")) == (1, 1)


def test_the_cited_pages_are_read() -> None:
    title = "Mount Columbia | mountain, Alberta, Canada | Britannica"
    answer = answer_of(BY_NAME["responses-web-search-0"])
    assert answer.pages == ((title, PAGE),)
    assert answer.text_with_sources == f"{answer.text}\n\nSources:\n1. [{title}]({PAGE})"
