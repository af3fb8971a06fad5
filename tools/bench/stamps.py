"""The text of a delta is the moment of its write: 20 digits of CLOCK_MONOTONIC in nanoseconds.

One clock serves all processes of a machine, so whoever reads the text knows how old it is.
"""

import re

STAMP = "%020d"
STAMP_LENGTH = 20
_STAMPS = re.compile(rf"\d{{{STAMP_LENGTH}}}")


def read_stamps(text: str) -> list[int]:
    """Return the moments in a text, in nanoseconds; a chunk may hold several deltas or none."""
    return [int(digits) for digits in _STAMPS.findall(text)]
