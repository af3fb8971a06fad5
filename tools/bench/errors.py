"""What can keep the benchmark from a number."""


class BenchFailure(Exception):  # noqa: N818 - what failed, not how
    """A process did not start, or an answer was not the one that was asked for; says why."""
