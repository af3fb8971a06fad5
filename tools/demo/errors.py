"""What the demo tells the person who ran it instead of a traceback."""


class DemoFailure(Exception):  # noqa: N818 - a name says what happened
    """Whatever keeps the demo from its proof; the message is one sentence for people."""

    exit_code = 1


class NotConfigured(DemoFailure):
    """The real services were asked for, and the environment names none of them."""

    exit_code = 2
