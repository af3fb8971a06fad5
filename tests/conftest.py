"""Make the test process cooperative before anything else is imported, as `main.py` does."""

import dify_plugin  # noqa: F401
