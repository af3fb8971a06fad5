"""A text is judged whole: what stands across the border of two pieces is whole in one of them."""

from models.moderation.inputs import inputs_of


def pieces_of(text: str) -> list[str]:
    """Return the pieces of a text that fits into one request."""
    (asked,) = inputs_of(text, "omni-moderation-latest")
    assert isinstance(asked.value, list)
    assert len(asked.value) == asked.results
    return [str(piece) for piece in asked.value]


def test_words_across_a_border_are_whole_in_one_piece() -> None:
    threat = "these words stand together"
    for place in range(1600, 2100):
        pieces = pieces_of("ab " * (place // 3) + "." * (place % 3) + threat + " cd" * 1000)
        assert any(threat in piece for piece in pieces), place
        assert all(piece[0] != " " for piece in pieces)


def test_a_text_without_spaces_is_whole_in_its_pieces() -> None:
    text = "".join(chr(0x4E00 + number) for number in range(5000))
    first, second, third = pieces_of(text)
    assert (first, second[:200], third[:200]) == (text[:2000], first[-200:], second[-200:])
    assert third[-1] == text[-1]


def test_nothing_is_asked_about_a_text_without_a_sign() -> None:
    assert [*inputs_of(" \n ", "omni-moderation-latest")] == []
