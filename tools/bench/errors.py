"""What can keep the benchmark from a number."""

from tools.command import CommandFailure


class BenchFailure(CommandFailure):
    """A process did not start, or an answer was not the one that was asked for; says why."""
