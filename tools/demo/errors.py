"""What the demo tells the person who ran it instead of a traceback."""

from tools.command import CommandFailure


class DemoFailure(CommandFailure):
    """Whatever keeps the demo from its proof; the message is one sentence for people."""


class NotConfigured(DemoFailure):
    """The real services were asked for, and the environment names none of them."""

    exit_code = 2
