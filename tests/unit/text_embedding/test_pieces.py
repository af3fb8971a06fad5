"""Texts are cut at borders into what a service takes, and nothing of them is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text_embedding.pieces import Piece, divided, pieces_of, requests_of


def parts(text: str, most_tokens: int) -> list[str]:
    return [piece.text for piece in pieces_of([text], most_tokens)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One two. Three four.", ["One two. ", "Three four."]),
        ("First one.\n\nSecond. Third.", ["First one.\n\n", "Second. Third."]),
        ("one two three four", ["one two ", "three four"]),
        ("一二三四。五六七八。", ["一二三四。", "五六七八。"]),
        ("abcdefghijklmnop", ["abcdefgh", "ijklmnop"]),
        ("v1.2.3 and v4.5.6", ["v1.2.3 ", "and v4.5.6"]),
    ],
)
def test_a_text_is_cut_at_the_best_border(text: str, expected: list[str]) -> None:
    whole = Piece.of(0, text).tokens
    assert parts(text, whole) == [text]
    assert parts(text, whole - 1) == expected


@given(st.text(min_size=1), st.integers(1, 20))
def test_nothing_is_lost(text: str, most_tokens: int) -> None:
    assert "".join("".join(parts(text, most_tokens)).split()) == "".join(text.split())
    for piece in pieces_of([text], most_tokens):
        assert piece.tokens <= most_tokens or len(piece.text.strip()) <= 1


def test_a_request_holds_what_the_service_takes() -> None:
    short = [Piece(number, "a", 1) for number in range(5000)]
    assert [len(group) for group in requests_of(iter(short))] == [2048, 2048, 904]
    long = [Piece(number, "a", 8000) for number in range(80)]
    groups = list(requests_of(iter(long)))
    assert [len(group) for group in groups] == [37, 37, 6]
    assert [piece for group in groups for piece in group] == long


def test_what_is_too_much_is_divided_as_long_as_that_may_help() -> None:
    long = "a b " * 50
    pieces = [Piece.of(0, "a"), Piece.of(1, "b"), Piece.of(2, long)]
    assert divided(pieces) == (pieces[:1], pieces[1:])
    parts = divided(pieces[2:])
    assert parts is not None
    assert "".join(piece.text for part in parts for piece in part) == long.strip()
    assert divided(pieces[:1]) is None
    assert divided([Piece.of(0, "a b " * 20)]) is None
