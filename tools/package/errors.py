"""What keeps the packager from its work."""

from tools.command import CommandFailure


class PackagerFailure(CommandFailure):
    """Something is missing, refused or not as it must be; says so in one sentence for people."""
