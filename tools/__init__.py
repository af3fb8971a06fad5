"""Tools for people and tests; nothing here is ever shipped in a package."""

import fakes  # noqa: F401 - a Ctrl-C while a command is still importing shows no traceback
