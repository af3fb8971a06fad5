"""How much of everything is measured: enough for a number to trust, or enough to see it work."""

from dataclasses import dataclass

APART_MS = 20
SHORT_STREAM, PACED_STREAM, BURST_STREAM, LONG_STREAM = 2, 100, 150, 5000
STREAMS = (50, 200)
# How far their deltas are apart: both are 25,000 deltas a second, which the upstream can write.
CROWDS_APART_MS = {500: 20, 1_000: 40}
RATE_STREAMS = 10
RATES_APART_MS = (100, 20, 4, 1)
GROWTH_PROMPT_BYTES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000, 20_000_000)
IDEAL_MS = APART_MS * PACED_STREAM
GROWTH_DELTAS = (1, 10, 100, 1_000, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Counts of one run; `runs` and `growth_runs` are fresh processes per number.

    settle_seconds: after the calls that warm a process up, for what it starts beside itself.
    """

    runs: int = 5
    growth_runs: int = 3
    warm_up_calls: int = 20
    calls: int = 200
    first_texts: int = 100
    burst_calls: int = 50
    settle_seconds: float = 0.0


FULL = Scale()
QUICK = Scale(runs=1, growth_runs=1, warm_up_calls=5, calls=40, first_texts=20)
