"""What `collect` says when something is wrong: one sentence each, without a key or a record."""


class ConfigFailure(Exception):  # noqa: N818 - what happened
    """The file of accounts, or the environment that it names, is wrong."""


class SourceFailure(Exception):  # noqa: N818 - what happened
    """A source cannot be read further now."""
