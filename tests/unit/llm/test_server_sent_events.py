"""Events are read from bytes, however the network cuts them."""

from collections.abc import Iterator

import pytest

from models.llm.server_sent_events import event_data

# Characters that text readers take for line ends, and one of four bytes.
AWKWARD = "a\u2028b\u0085c\u2029d\x0be\x0cf 😀"


def pieces_of(content: bytes, size: int) -> Iterator[bytes]:
    return (content[at : at + size] for at in range(0, len(content), size))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_events_survive_any_cut_and_any_line_end(end: str, size: int) -> None:
    lines = [
        "event: x",
        f"data: {AWKWARD}",
        "",
        ": comment",
        "data:second",
        "",
        "data: [DONE]",
        "",
        "",
    ]
    content = end.join(lines).encode()
    assert list(event_data(pieces_of(content, size))) == [AWKWARD.encode(), b"second", b"[DONE]"]


def test_several_data_lines_are_one_event() -> None:
    assert list(event_data([b"data: a\ndata: b\n\n"])) == [b"a\nb"]


@pytest.mark.parametrize("cut", [b"data: half", b"data: half\n", b"data: half\r"])
def test_an_event_without_its_blank_line_is_never_yielded(cut: bytes) -> None:
    assert list(event_data([b"data: whole\n\n", cut])) == [b"whole"]


def test_lines_that_are_no_data_make_no_event() -> None:
    assert list(event_data([b"event: ping\nid: 7\nretry: 10\n\n\n\n"])) == []


def test_a_carriage_return_at_the_very_end_closes_the_event() -> None:
    assert list(event_data([b"data: a\r\r"])) == [b"a"]
