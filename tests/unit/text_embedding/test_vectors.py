"""Vectors: exact 32-bit floats in few digits, averages, and what has no direction."""

import base64
import math
import random
import struct
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text_embedding.vectors import average, is_usable, read_vector, shortened

floats = st.floats(allow_nan=False, allow_infinity=False, width=32)
of_usual_size = st.floats(-1, 1, width=32)


def digits_of(number: float) -> int:
    """Return with how many digits JSON writes a number."""
    return len(repr(number).lstrip("-").partition("e")[0].replace(".", "").strip("0"))


@given(st.lists(of_usual_size, min_size=1) | st.lists(floats, min_size=1))
def test_a_number_keeps_its_value_in_at_most_nine_digits(numbers: list[float]) -> None:
    vector = array("f", numbers)
    short = shortened(vector)
    assert array("f", short) == vector
    assert max(map(digits_of, short)) <= 9


def test_numbers_of_usual_vectors_are_hardly_longer_than_they_must_be() -> None:
    chance = random.Random(7)
    vector = array("f", [chance.gauss(0, 1536**-0.5) for _ in range(1536)])
    fewest = [
        next(
            digits
            for digits in range(1, 10)
            if array("f", [float(f"{number:.{digits}g}")])[0] == number
        )
        for number in vector
    ]
    assert sum(map(digits_of, shortened(vector))) < sum(fewest) * 1.05


@given(st.lists(floats))
def test_both_ways_to_write_a_vector_are_read(numbers: list[float]) -> None:
    packed = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
    assert read_vector(packed) == array("f", numbers) == read_vector([*numbers])


@pytest.mark.parametrize("written", ["AAA", "A A=", "AAAA", None, 1, {}, ["a"], [None], [[1.0]]])
def test_what_is_no_vector_is_refused(written: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_vector(written)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numbers", "usable"),
    [
        ([1.0, 0.0], True),
        ([1e-20], True),
        ([], False),
        ([0.0, -0.0], False),
        ([1.0, math.inf], False),
        ([1.0, math.nan], False),
    ],
)
def test_a_vector_needs_a_direction(numbers: list[float], usable: bool) -> None:
    assert is_usable(array("f", numbers)) is usable


def test_an_average_goes_by_weight_and_has_length_one() -> None:
    mean = average([array("f", [1, 0]), array("f", [0, 1])], [3, 4])
    assert [*mean] == pytest.approx([0.6, 0.8])
    assert [*average([array("f", [1, 0]), array("f", [-1, 0])], [1, 1])] == [0, 0]
