"""What a prompt asks the upstream and the echo plugin to answer, and the text that comes back.

The text of a delta is the moment of its write: 20 digits of CLOCK_MONOTONIC in nanoseconds. One
clock serves all processes of a machine, so whoever reads the text knows how old it is. The deltas
of a marked stream say instead whose they are, and which.
"""

import re
from dataclasses import dataclass

from tools.bench.errors import BenchFailure

STAMP = "%020d"
_STAMPS = re.compile(r"\d{20}")
_WORDS = re.compile(rb"\[(\d+) deltas, (\d+) ms apart(?:, mark (\d+), cut after (\d+))?\]")
_MARK = 10**10
# Where the words stand in a request of any size; the rest of a large prompt is never searched.
_SEARCHED_BYTES = 8 * 1024
_FILLER = "The quick brown fox jumps over the lazy dog. "


@dataclass(frozen=True, slots=True)
class Script:
    """How many deltas a stream has and how far apart they are; 0 ms is as fast as they go.

    mark: a number above 0 that each delta of a paced stream repeats; cut_after: how many deltas
    come before the connection is closed in the middle, 0 for a stream that ends well.
    """

    deltas: int
    apart_ms: int = 0
    mark: int = 0
    cut_after: int = 0

    def stamp(self, number: int, now: int) -> int:
        """Return what the text of a delta says that is written now."""
        return self.mark * _MARK + number if self.mark else now

    @property
    def marks(self) -> list[int]:
        """What the deltas of a marked stream say, as far as they come."""
        return [self.stamp(number, 0) for number in range(self.cut_after or self.deltas)]

    def to_prompt(self, size: int = 0) -> str:
        """Return the words, filled up to `size` bytes of ordinary text."""
        marked = f", mark {self.mark}, cut after {self.cut_after}" if self.mark else ""
        words = f"[{self.deltas} deltas, {self.apart_ms} ms apart{marked}] "
        missing = size - len(words)
        return words + (_FILLER * (missing // len(_FILLER) + 1))[: max(0, missing)]


def read_script(request: bytes | bytearray) -> Script:
    """Read the script of a request's body.

    Raises:
        BenchFailure: there is none near its beginning.
    """
    found = _WORDS.search(request, 0, _SEARCHED_BYTES)
    if found is None:
        raise BenchFailure("A request says nothing about its answer; write `Script.to_prompt()`.")
    return Script(*(int(number or 0) for number in found.groups()))


def read_stamps(text: str) -> list[int]:
    """Return the moments in a text, in nanoseconds; a chunk may hold several deltas or none."""
    return [int(digits) for digits in _STAMPS.findall(text)]
