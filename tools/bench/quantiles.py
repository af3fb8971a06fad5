"""Order statistics: percentiles of samples, and the median and range of repeated runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return a percentile (0 to 100), interpolated between the two nearest samples.

    Raises:
        ValueError: there are no samples.
    """
    if not samples:
        raise ValueError("There are no samples to take a percentile of.")
    ordered = sorted(samples)
    position = (len(ordered) - 1) * percent / 100
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of a number over fresh processes, and its smallest and largest value."""

    median: float
    low: float
    high: float

    @property
    def deviation_percent(self) -> float:
        """The larger distance of the smallest and the largest value from the median."""
        if not self.median:
            return 0.0
        return max(self.high - self.median, self.median - self.low) / abs(self.median) * 100

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise the values of all runs; there is at least one."""
        return cls(median(values), min(values), max(values))
