"""How much of everything is measured: enough for a number to trust, or enough to see it work."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Counts of one run; `runs` and `growth_runs` are fresh processes per number."""

    runs: int = 5
    growth_runs: int = 3
    warm_up_calls: int = 20
    calls: int = 200
    first_texts: int = 100
    long_stream: int = 5000
    paced_deltas: int = 100
    burst_calls: int = 50
    growth_streams: tuple[int, ...] = (1, 10, 50, 200, 500)
    growth_prompt_bytes: tuple[int, ...] = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
    growth_deltas: tuple[int, ...] = (1, 10, 100, 1_000, 10_000)


FULL = Scale()
QUICK = Scale(runs=1, growth_runs=1, warm_up_calls=5, calls=40, first_texts=20)
APART_MS = 20
