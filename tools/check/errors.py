"""What a check says when it fails."""


class CheckFailure(Exception):  # noqa: N818 - what happened, as in fakes.dify_daemon
    """One sentence: what does not hold."""
