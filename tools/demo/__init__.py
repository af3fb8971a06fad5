"""The demo: three apps on one key, and the proof that every request can be told apart.

`python -m tools.demo` starts the plugin as Dify's daemon does, makes calls for three apps and reads
them back from the service: a local one, or with `--live` the real ones.
"""
