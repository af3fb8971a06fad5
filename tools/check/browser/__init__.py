"""The project's pages in a real browser: used, looked at, printed."""
