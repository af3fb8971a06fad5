"""The built packages in a running plugin daemon: `python -m tools.check host`."""
