"""Start the plugin: what the Dify daemon runs as `python -m main`."""

import gc

# Imports make half a million objects that live as long as the process. Collecting among them makes
# the start a tenth longer; later each full collection would walk through them and stall every
# stream, so they are set aside for good below.
gc.disable()

from gevent import events  # noqa: E402

# For each module that it patches, gevent looks through the metadata of all that is installed for
# somebody to tell of it, which takes a seventh of the start. Nobody here wants to hear.
events.notify_and_call_entry_points = events.notify  # type: ignore[attr-defined] # it has no types

# dify_plugin comes next: importing it makes the whole process cooperative (gevent).
from dify_plugin import DifyPluginEnv  # isort: skip # noqa: E402

import logging  # noqa: E402

import yaml  # noqa: E402
from dify_plugin.config.config import InstallMethod  # noqa: E402
from gevent import get_hub  # noqa: E402

from models.daemon import log  # noqa: E402
from models.daemon.bounded_output import bound_output  # noqa: E402
from models.daemon.plugin import ModelPlugin  # noqa: E402
from models.service.name_lookups import NameLookups  # noqa: E402

bound_output()
log.set_up()

# The SDK reads every model's YAML at start with PyYAML's pure-Python parser; its parser in C gives
# the same values in a tenth of the time.
if yaml.__with_libyaml__:
    yaml.SafeLoader = yaml.CSafeLoader  # type: ignore[assignment,misc] # the same interface

get_hub().resolver = NameLookups()  # type: ignore[assignment] # it is one

environment = DifyPluginEnv()
plugin = ModelPlugin(environment)

_shown, *_hidden = (provider.provider for provider in plugin.registration.models_configuration)
if _hidden and environment.INSTALL_METHOD is InstallMethod.Remote:
    logging.getLogger("provider").warning(
        "A Dify host shows one provider per plugin: remote debugging shows %r alone and not %s. To "
        "debug one of your choice, run `python -m tools.package build --staged` and start the "
        "plugin in dist/staged/<provider>.",
        _shown,
        ", ".join(map(repr, _hidden)),
    )

gc.freeze()
gc.enable()

if __name__ == "__main__":
    plugin.run()
