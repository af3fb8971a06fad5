"""Checks that take longer, or need more, than the test command may."""
