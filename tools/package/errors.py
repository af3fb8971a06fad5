"""What keeps the packager from its work."""


class PackagerFailure(Exception):  # noqa: N818 - what failed, not how
    """Something is missing, refused or not as it must be; says so in one sentence for people."""
