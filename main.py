"""Start the plugin: what the Dify daemon runs as `python -m main`."""

# dify_plugin comes first: importing it makes the whole process cooperative (gevent).
from dify_plugin import DifyPluginEnv, Plugin  # isort: skip

import logging

from dify_plugin.config.logger_format import plugin_logger_handler

# The handler writes log events to stdout, from where the daemon copies them into its own log.
for _package in ("models", "provider"):
    _logger = logging.getLogger(_package)
    _logger.setLevel(logging.INFO)
    _logger.addHandler(plugin_logger_handler)

plugin = Plugin(DifyPluginEnv())

if __name__ == "__main__":
    plugin.run()
