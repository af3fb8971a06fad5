"""Percentiles lie between their neighbours; a spread is the median and the range."""

import pytest

from tools.bench.quantiles import Spread, percentile


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1.0), (25, 1.75), (50, 2.5), (99, 3.97), (100, 4.0)]
)
def test_a_percentile_is_interpolated(percent: float, expected: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == pytest.approx(expected)


def test_one_sample_is_every_percentile() -> None:
    assert percentile([7.0], 99) == 7.0


def test_no_samples_have_no_percentile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        percentile([], 50)


def test_a_spread_tells_the_farthest_run() -> None:
    spread = Spread.of([10.0, 13.0, 8.0, 10.0, 11.0])
    assert spread == Spread(median=10.0, low=8.0, high=13.0)
    assert spread.deviation_percent == pytest.approx(30)
