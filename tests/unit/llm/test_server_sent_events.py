"""What makes an event: the rules of the format that a stream of whole events does not meet.

That any line end and any cut give the same events is in tests/properties.
"""

import pytest

from models.service.streaming import event_data


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: a\ndata: b\n\n", [b"a\nb"]),
        (b"data:no space\n\n", [b"no space"]),
        (b"event: ping\nid: 7\nretry: 10\n: comment\n\n\n\n", []),
        (b"data: whole\n\ndata: half", [b"whole"]),
        (b"data: whole\n\ndata: half\n", [b"whole"]),
        (b"data: whole\n\ndata: half\r", [b"whole"]),
        (b"data: a\r\r", [b"a"]),
    ],
)
def test_an_event_is_its_data_and_ends_with_a_blank_line(
    stream: bytes, events: list[bytes]
) -> None:
    assert list(event_data([stream])) == events


def test_a_line_end_may_come_in_two_pieces() -> None:
    assert list(event_data([b"data: a\r", b"\n\r", b"\n"])) == [b"a"]
