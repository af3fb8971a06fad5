"""Tools for people and tests; nothing here is ever shipped in a package."""

from fakes import ctrl_c  # noqa: F401 - for its effect
