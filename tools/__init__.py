"""Tools for people and tests; nothing here is ever shipped in a package."""
