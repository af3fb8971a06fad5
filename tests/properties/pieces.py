"""Anything that arrives in pieces: cut at any places, also into empty pieces."""

from hypothesis import strategies as st


@st.composite
def cuts_of[Whole: (str, bytes)](draw: st.DrawFn, whole: Whole) -> list[Whole]:
    """Draw the pieces that a whole may arrive in."""
    ends: list[int] = sorted(draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    return [whole[start:end] for start, end in zip([0, *ends], [*ends, len(whole)], strict=True)]
