"""Pieces of sound, whatever cuts they arrive in."""

from hypothesis import given
from hypothesis import strategies as st

from models.tts.mp3 import mp3_pieces

FRAME = b"\xff\xf3\xe4\xc4"


@given(st.lists(st.integers(0, 70_000), max_size=6))
def test_pieces_have_8_to_32_kib_and_lose_nothing(lengths: list[int]) -> None:
    arriving = [FRAME[:1], FRAME[1:], *(bytes(length) for length in lengths)]
    pieces = list(mp3_pieces(arriving))
    assert b"".join(pieces) == b"".join(arriving)
    assert all(8 << 10 <= len(piece) <= 32 << 10 for piece in pieces[:-1])
    assert 0 < len(pieces[-1]) <= 32 << 10


@given(st.integers(0, 40_000), st.integers(1, 9000))
def test_a_tag_before_a_sound_is_left_out(length: int, step: int) -> None:
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    body = b"ID3\x04\x00\x00" + size + bytes(length) + FRAME + b"sound"
    arriving = (body[at : at + step] for at in range(0, len(body), step))
    assert b"".join(mp3_pieces(arriving)) == FRAME + b"sound"


def test_a_piece_leaves_as_soon_as_it_is_long_enough() -> None:
    arrived: list[int] = []

    def arriving() -> "list[bytes]":
        return [FRAME, bytes(4096), bytes(4096), bytes(4096)]

    sound = mp3_pieces(arrived.append(at) or piece for at, piece in enumerate(arriving()))  # type: ignore[func-returns-value]
    assert len(next(sound)) == len(FRAME) + 8192
    assert arrived == [0, 1, 2]
