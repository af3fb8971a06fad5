"""What a check says when it fails."""

from tools.command import CommandFailure


class CheckFailure(CommandFailure):
    """One sentence: what does not hold."""
