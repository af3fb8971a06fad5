"""Streams of server-sent events as the services send them, and the pieces that they arrive in."""

from collections.abc import Sequence

from hypothesis import strategies as st


def to_stream(payloads: Sequence[bytes], line_end: bytes = b"\n", before: bytes = b"") -> bytes:
    """Return a stream with an event for each payload, a line of its own before each.

    Each line of a payload has a `data` field of its own.
    """
    stream = b""
    for payload in payloads:
        lines = [before, *(b"data: " + line for line in payload.split(b"\n")), b"", b""]
        stream += line_end.join(lines if before else lines[1:])
    return stream


@st.composite
def cuts_of[Whole: (str, bytes)](draw: st.DrawFn, whole: Whole) -> list[Whole]:
    """Draw the pieces that a whole may arrive in, cut at any places, some of them empty."""
    ends: list[int] = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    return [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]
