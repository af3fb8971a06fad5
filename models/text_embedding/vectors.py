"""Vectors as a service writes them -> the numbers that Dify gets: exact, and short in JSON.

A vector is an array of 32-bit floats, the form in which services compute and send them.
"""

import base64
import math
import sys
from array import array
from collections.abc import Sequence

from pydantic import JsonValue

type Vector = array[float]

_SCALE = 1e9
# Adding and taking away a number of this size rounds a float to a whole one: its own steps are 1.
_ROUNDING = 1.5 * 2**52


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


def shortened(vector: Vector) -> list[float]:
    """Return the same 32-bit floats as numbers that are written with at most nine digits.

    Nine always tell a 32-bit float apart; the 64-bit float of the same value is written with up to
    17, which takes time and room on the way to Dify. Numbers of usual size get mostly eight, within
    two hundredths of the fewest: finding those takes three times as long.
    """
    numbers = vector.tolist()
    if max(numbers) >= 1 or min(numbers) <= -1:
        return list(map(_nine_digits, numbers))
    # All at once to nine decimals: a whole number divided by a power of ten is the very float that
    # its digits stand for. Of what is smaller than 0.0156, some need more.
    rounded = [(number * _SCALE + _ROUNDING - _ROUNDING) / _SCALE for number in numbers]
    kept = array("f", rounded)
    return [
        short if same == number else _nine_digits(number)
        for number, short, same in zip(numbers, rounded, kept, strict=True)
    ]


def _nine_digits(number: float) -> float:
    return float(f"{number:.9g}")
