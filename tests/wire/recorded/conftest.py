"""The plugin and the local service as the tests of the plugin have them."""

from tests.wire.conftest import account, plugin, service

__all__ = ["account", "plugin", "service"]
