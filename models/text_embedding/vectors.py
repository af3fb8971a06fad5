"""Vectors as a service writes them -> the numbers that Dify gets: exact, and short in JSON.

A vector is an array of 32-bit floats, the form in which services compute and send them.
"""

import base64
import math
import sys
from array import array
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

type Vector = array[float]

# Adding and taking away a number of this size rounds a float to a whole one: its own steps are 1.
_ROUNDING = 1.5 * 2**52
# Of a 32-bit float: its bits that count, and the digits that tell it apart from its neighbours.
_BITS, _DIGITS = 24, 9
# What most numbers of vectors of usual sizes need, which are 0.02 to 0.1 long in each direction.
_MOST_DECIMALS = 10


def read_vector(written: JsonValue) -> Vector:
    """Read base64 of little-endian 32-bit floats, or a list of numbers.

    Raises ValueError or TypeError for anything else.
    """
    if isinstance(written, str):
        vector = array("f", base64.b64decode(written, validate=True))
        if sys.byteorder == "big":
            vector.byteswap()
        return vector
    if not isinstance(written, list):
        raise TypeError("a vector is a text or a list")
    return array("f", written)  # type: ignore[arg-type] # raises for anything but numbers


def is_usable(vector: Vector) -> bool:
    """Return whether a vector has a direction: numbers alone, and not all of them 0.

    Dify divides each by its length. It drops one that this makes useless, and the vectors after it
    then belong to the wrong texts.
    """
    return 0 < math.sumprod(vector, vector) < math.inf


def average(vectors: Sequence[Vector], weights: Sequence[int]) -> Vector:
    """Return the weighted average of vectors of one size, brought to length 1."""
    sums = [math.sumprod(weights, numbers) for numbers in zip(*vectors, strict=True)]
    length = math.hypot(*sums) or 1.0
    return array("f", [number / length for number in sums])


def shortest(vector: Vector) -> list[float]:
    """Return the same 32-bit floats as the numbers that are written with the fewest digits.

    A 64-bit float that stands for the same 32-bit one is written with up to 17 digits, of which
    nine count at most: the others take time and room on the way to Dify.
    """
    numbers = vector.tolist()
    _, exponent = math.frexp(max(map(abs, numbers)))
    # The decimals that the largest number needs; a smaller one needs more, seldom two more.
    fewest = math.floor((_BITS - exponent) * math.log10(2))
    if not 0 < fewest < _MOST_DECIMALS:
        return list(map(_shortest, numbers))
    most = max(fewest + 2, _MOST_DECIMALS)
    rounded, kept = _rounded(numbers, most)
    shorts = [
        short if same == number else _shortest(number)
        for number, short, same in zip(numbers, rounded, kept, strict=True)
    ]
    for decimals in range(most - 1, fewest - 1, -1):
        rounded, kept = _rounded(numbers, decimals)
        shorts = [
            shorter if same == number else short
            for number, short, shorter, same in zip(numbers, shorts, rounded, kept, strict=True)
        ]
    return shorts


def _rounded(numbers: Iterable[float], decimals: int) -> tuple[list[float], Vector]:
    """Return numbers rounded to so many decimals, and what a 32-bit float keeps of each.

    A whole number divided by a power of ten is the very float that its digits stand for.
    """
    scale = 10.0**decimals
    rounded = [(number * scale + _ROUNDING - _ROUNDING) / scale for number in numbers]
    return rounded, array("f", rounded)


def _shortest(number: float) -> float:
    """Return the same for one number of any size."""
    for digits in range(1, _DIGITS):
        short = float(f"{number:.{digits}g}")
        if array("f", (short,))[0] == number:
            return short
    return float(f"{number:.{_DIGITS}g}")
