"""A text in parts: whole sentences where there are any, every sign once, none too long."""

from hypothesis import given
from hypothesis import strategies as st

from models.token_count import count_text
from models.tts.parts import parts_of


def test_a_text_is_cut_behind_sentences() -> None:
    text = "It rains. It pours a lot! The old man (snoring, 3.14 times) is heard? “Yes.” "
    text += "\u4f60\u597d\u3002\u518d\u89c1\u3002"
    assert parts_of(text, first=12, most=40) == [
        "It rains.",
        "It pours a lot!",
        "The old man (snoring,",
        "3.14 times) is heard? “Yes.” \u4f60\u597d\u3002\u518d\u89c1\u3002",
    ]


def test_without_sentences_it_is_cut_at_commas_words_or_anywhere() -> None:
    assert parts_of("one two, three four five six", first=20, most=20) == [
        "one two,",
        "three four five six",
    ]
    assert parts_of("onetwothree four", first=8, most=8) == ["onetwoth", "ree four"]
    assert parts_of("\u4e00" * 10, first=4, most=4) == ["\u4e00" * 4, "\u4e00" * 4, "\u4e00" * 2]


def test_what_cannot_be_said_is_left_out() -> None:
    assert parts_of(" \n--- \U0001f600 ...", first=5, most=5) == []


def test_tokens_count_where_a_model_counts_them() -> None:
    parts = parts_of("\u4e00\u3002" * 3000, first=4096, most=4096, most_tokens=2000)
    assert all(count_text(part) * 1.25 <= 2000 for part in parts)
    assert "".join(parts) == "\u4e00\u3002" * 3000


@given(st.text(max_size=300), st.integers(1, 20), st.integers(1, 50), st.integers(0, 20))
def test_every_word_is_said_once_and_in_order(
    text: str, first: int, most: int, most_tokens: int
) -> None:
    parts = parts_of(text, first=first, most=most, most_tokens=most_tokens)
    said = [sign for part in parts for sign in part if sign.isalnum()]
    assert said == [sign for sign in text if sign.isalnum()]
    assert all(len(part) <= (most if at else first) for at, part in enumerate(parts))
